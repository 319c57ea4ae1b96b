"""Templates of whole incidents and maintenances: the fields of their form, in every language.

A template has titles, texts, status, impact and services. A name in braces in its texts, such as
`{city}`, is a placeholder.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.db.queries.publication import templates
from app.db.tables import TemplateRow
from app.domain.errors import ConflictError, InvalidError
from app.domain.permissions import Action
from app.domain.publication import SubjectKind
from app.domain.validation import is_public_id
from app.usecases import audit
from app.usecases.context import Ctx, new_id, required

__all__ = [
    "Template",
    "add_template",
    "delete_template",
    "edit_template",
    "get_template",
    "list_templates",
]

_NAME_LIMIT = 100
_CHARACTER_LIMIT = 400_000


@dataclass(frozen=True, slots=True)
class Template:
    """A template. `fields` are those of the form of its kind, as form drafts store them."""

    id: str
    name: str
    kind: SubjectKind
    fields: Mapping[str, str]
    created_at: datetime


def list_templates(ctx: Ctx, kind: SubjectKind | None = None) -> tuple[Template, ...]:
    """The templates by name; with `kind`, those of that kind."""
    ctx.require(Action.READ)
    found = (_record(row) for row in templates.list_templates(ctx.session))
    return tuple(each for each in found if kind in {None, each.kind})


def get_template(ctx: Ctx, public_id: str) -> Template:
    """One template. Raises NotFoundError."""
    ctx.require(Action.READ)
    return _record(_required(ctx, public_id))


def add_template(ctx: Ctx, name: str, kind: SubjectKind, fields: Mapping[str, str]) -> Template:
    """Add a template; empty fields are left out.

    Raises InvalidError, ForbiddenError, and ConflictError when the name is taken.
    """
    ctx.require(Action.EDIT)
    name, filled = _checked(ctx, name, fields, replaced=None)
    row = TemplateRow(
        public_id=new_id(), name=name, kind=kind.value, fields=filled, created_at=ctx.now
    )
    ctx.session.add(row)
    ctx.session.flush()
    audit.record(ctx, "template.add", "template", row.public_id, after={"name": name})
    return _record(row)


def edit_template(
    ctx: Ctx, public_id: str, name: str, kind: SubjectKind, fields: Mapping[str, str]
) -> Template:
    """Replace a template; what was written from it stays. Empty fields are left out.

    Raises NotFoundError, InvalidError, ForbiddenError, and ConflictError when another template has
    the name.
    """
    ctx.require(Action.EDIT)
    row = _required(ctx, public_id)
    before = {"name": row.name}
    row.name, row.fields = _checked(ctx, name, fields, replaced=row)
    row.kind = kind.value
    audit.record(
        ctx, "template.edit", "template", row.public_id, before=before, after={"name": row.name}
    )
    return _record(row)


def _checked(
    ctx: Ctx, name: str, fields: Mapping[str, str], *, replaced: TemplateRow | None
) -> tuple[str, dict[str, str]]:
    """The name and the fields of a template, once they are valid."""
    name = name.strip()
    if not 0 < len(name) <= _NAME_LIMIT or not name.isprintable():
        raise InvalidError(
            f"The name of a template has 1 to {_NAME_LIMIT} printable characters.",
            code="invalid_name",
            field="template_name",
        )
    if templates.template_named(ctx.session, name) not in (None, replaced):
        raise ConflictError(
            f"There is a template {name!r} already.",
            code="template_name_taken",
            field="template_name",
        )
    if sum(len(key) + len(value) for key, value in fields.items()) > _CHARACTER_LIMIT:
        raise InvalidError("The template is too large.", code="draft_too_large")
    filled = {key: value for key, value in fields.items() if value.strip()}
    if not any(key.startswith(("title:", "body:")) for key in filled):
        raise InvalidError("A template has a title or a text.", code="empty_text", field="title")
    return name, filled


def delete_template(ctx: Ctx, public_id: str) -> None:
    """Delete a template; what was written from it stays. Raises NotFoundError, ForbiddenError."""
    ctx.require(Action.EDIT)
    row = _required(ctx, public_id)
    ctx.session.delete(row)
    audit.record(ctx, "template.delete", "template", row.public_id, before={"name": row.name})


def _required(ctx: Ctx, public_id: str) -> TemplateRow:
    row = templates.find_template(ctx.session, public_id) if is_public_id(public_id) else None
    return required(row, "There is no such template.", code="template_not_found")


def _record(row: TemplateRow) -> Template:
    return Template(row.public_id, row.name, SubjectKind(row.kind), row.fields, row.created_at)
