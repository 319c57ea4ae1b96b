"""The logo of the page: set, remove, read."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from app.db.queries.page import logos, page
from app.db.queries.page.logos import LogoColumns
from app.db.tables import LogoRow
from app.domain.errors import InvalidError, NotFoundError
from app.domain.page.logos import ColourScheme, Logo, LogoFacts, Picture, PictureKind
from app.domain.page.pages import PageFacts
from app.domain.permissions import Action
from app.pictures.reader import read_picture
from app.ports.channel import InlinePicture
from app.usecases import audit
from app.usecases.context import Ctx, required

__all__ = ["get_logo", "logo_bytes", "logo_of", "remove_logo", "set_logo", "with_mail_logo"]


def get_logo(ctx: Ctx) -> Logo:
    """The logo of the page. Raises NotFoundError when it has none."""
    ctx.require(Action.READ)
    contains_name = page.read_page(ctx.session).logo_contains_name
    return required(
        logo_of(logos.list_logos(ctx.session), contains_name=contains_name),
        "The page has no logo.",
        code="logo_not_found",
    )


def logo_of(pictures: Iterable[LogoColumns], *, contains_name: bool) -> Logo | None:
    """The facts of the logo with these pictures for rendering; None without one for light."""
    found = {
        ColourScheme(each.scheme): LogoFacts(
            PictureKind(each.kind), each.width, each.height, each.size, each.sha256
        )
        for each in pictures
    }
    light = found.get(ColourScheme.LIGHT)
    return None if light is None else Logo(light, found.get(ColourScheme.DARK), contains_name)


def logo_bytes(ctx: Ctx, kind: PictureKind, digest: str) -> bytes:
    """The bytes of the picture with this kind and digest. Raises NotFoundError."""
    return required(
        logos.find_content(ctx.session, kind.value, digest) if len(digest) == 10 else None,
        "There is no such picture.",
        code="picture_not_found",
    )


def with_mail_logo(ctx: Ctx, page: PageFacts) -> tuple[PageFacts, tuple[InlinePicture, ...]]:
    """The page with the logo that mails show, if any, and the pictures that they contain for it."""
    logo = None if page.logo is None else page.logo.for_mail
    if logo is None:
        return replace(page, logo=None), ()
    pictures: list[InlinePicture] = []
    for each in logo.pictures:
        content = logos.find_content(ctx.session, each.kind, each.digest)
        # A logo that was replaced since the page was read is in no mail.
        if content is None:
            return replace(page, logo=None), ()
        pictures.append(InlinePicture(each.content_id, content))
    return replace(page, logo=logo), tuple(pictures)


def set_logo(ctx: Ctx, content: bytes, scheme: ColourScheme = ColourScheme.LIGHT) -> LogoFacts:
    """Set the logo for a colour scheme from an upload; this replaces the present one.

    Raises InvalidError with the reason when the bytes are no usable picture, ForbiddenError.
    """
    ctx.require(Action.CONFIGURE)
    picture = read_picture(content)
    if scheme is ColourScheme.DARK and logos.find_logo(ctx.session, ColourScheme.LIGHT) is None:
        raise InvalidError("Put up the logo for light first.", code="no_light_logo", field="logo")
    former = logos.find_logo(ctx.session, scheme)
    before = None if former is None else _audit_fields(_facts(former))
    if former is not None:
        ctx.session.delete(former)
        ctx.session.flush()
    row = _row(picture, scheme, ctx.now)
    ctx.session.add(row)
    ctx.session.flush()
    _record(ctx, "logo.set", scheme, before, _audit_fields(_facts(row)))
    return _facts(row)


def remove_logo(ctx: Ctx, scheme: ColourScheme = ColourScheme.LIGHT) -> None:
    """Remove the logo for a colour scheme; removing `light` removes `dark` too.

    Raises NotFoundError, ForbiddenError.
    """
    ctx.require(Action.CONFIGURE)
    schemes = [scheme, ColourScheme.DARK] if scheme is ColourScheme.LIGHT else [scheme]
    rows = [row for each in schemes if (row := logos.find_logo(ctx.session, each)) is not None]
    if not rows or rows[0].scheme != scheme:
        raise NotFoundError("The page has no logo.", code="logo_not_found")
    for row in rows:
        _record(ctx, "logo.remove", ColourScheme(row.scheme), _audit_fields(_facts(row)), None)
        ctx.session.delete(row)


def _row(picture: Picture, scheme: ColourScheme, now: datetime) -> LogoRow:
    return LogoRow(
        scheme=scheme.value,
        kind=picture.kind.value,
        content=picture.content,
        width=picture.width,
        height=picture.height,
        sha256=picture.sha256,
        changed_at=now,
    )


def _facts(row: LogoRow) -> LogoFacts:
    return LogoFacts(PictureKind(row.kind), row.width, row.height, len(row.content), row.sha256)


def _audit_fields(facts: LogoFacts) -> Mapping[str, object]:
    """The fields of a picture that the audit log records: its hash, not its content."""
    return {
        "sha256": facts.sha256,
        "kind": facts.kind.value,
        "bytes": facts.size,
        "width": facts.width,
        "height": facts.height,
    }


def _record(
    ctx: Ctx,
    action: str,
    scheme: ColourScheme,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
) -> None:
    ctx.touch()
    audit.record(ctx, action, "logo", scheme.value, before=before, after=after)
