"""Saved replies: reusable texts in every language, with placeholders."""

from dataclasses import dataclass
from datetime import datetime

from app.db.queries.publication import pending
from app.db.tables import SavedReplyRow
from app.domain.errors import ConflictError, InvalidError
from app.domain.incidents.saved_replies import placeholders
from app.domain.permissions import Action
from app.domain.texts.localized_text import LocalizedText
from app.domain.validation import is_public_id
from app.usecases import audit
from app.usecases.context import Ctx, new_id, required

__all__ = ["SavedReply", "add_reply", "delete_reply", "edit_reply", "list_replies"]

_NAME_LIMIT = 100


@dataclass(frozen=True, slots=True)
class SavedReply:
    """A reusable text. Its placeholders are the names in braces, such as `{service}`."""

    id: str
    name: str
    body: LocalizedText
    updated_at: datetime

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The placeholders of all languages, each once."""
        return tuple(dict.fromkeys(name for _, text in self.body for name in placeholders(text)))


def list_replies(ctx: Ctx) -> tuple[SavedReply, ...]:
    """All saved replies, by name."""
    ctx.require(Action.READ)
    return tuple(_reply(row) for row in pending.list_replies(ctx.session))


def add_reply(ctx: Ctx, name: str, body: LocalizedText) -> SavedReply:
    """Add a saved reply. Raises InvalidError, ConflictError when the name is taken."""
    ctx.require(Action.EDIT)
    row = SavedReplyRow(
        public_id=new_id(),
        name=_free_name(ctx, name),
        body=body,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    audit.record(ctx, "reply.add", "reply", row.public_id, after={"name": row.name})
    return _reply(row)


def edit_reply(
    ctx: Ctx, public_id: str, *, name: str | None = None, body: LocalizedText | None = None
) -> SavedReply:
    """Change the name or the text. Raises NotFoundError, InvalidError, ConflictError."""
    ctx.require(Action.EDIT)
    row = _required(ctx, public_id)
    before = {"name": row.name}
    if name is not None and name.strip() != row.name:
        row.name = _free_name(ctx, name)
    if body is not None:
        row.body = body
    row.updated_at = ctx.now
    audit.record(ctx, "reply.edit", "reply", row.public_id, before=before, after={"name": row.name})
    return _reply(row)


def delete_reply(ctx: Ctx, public_id: str) -> None:
    """Delete a saved reply; texts made from it stay. Raises NotFoundError."""
    ctx.require(Action.EDIT)
    row = _required(ctx, public_id)
    ctx.session.delete(row)
    audit.record(ctx, "reply.delete", "reply", row.public_id, before={"name": row.name})


def _free_name(ctx: Ctx, name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= _NAME_LIMIT or not name.isprintable():
        raise InvalidError(
            f"A saved reply's name has 1 to {_NAME_LIMIT} printable characters.",
            code="invalid_name",
            field="name",
        )
    if pending.reply_named(ctx.session, name) is not None:
        raise ConflictError(
            f"There is a saved reply {name!r} already.", code="name_taken", field="name"
        )
    return name


def _required(ctx: Ctx, public_id: str) -> SavedReplyRow:
    return required(
        pending.find_reply(ctx.session, public_id) if is_public_id(public_id) else None,
        "There is no such saved reply.",
        code="reply_not_found",
    )


def _reply(row: SavedReplyRow) -> SavedReply:
    return SavedReply(row.public_id, row.name, row.body, row.updated_at)
