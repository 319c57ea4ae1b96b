"""Fyr's own import document: services and incidents with their whole history.

The format is described in docs/import.md. Importing the same document again changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.db import incidents, page, services
from app.domain.errors import InvalidError
from app.domain.permissions import Action
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus
from app.domain.texts import BODY_LIMIT, TITLE_LIMIT, check_past, localized
from app.usecases import audit
from app.usecases.context import Ctx
from app.usecases.editing import put_postmortem
from app.usecases.incidents import NewIncident, NewUpdate, open_incident, post_update
from app.usecases.reading import Reader
from app.usecases.services import add_service

__all__ = ["FORMAT", "Imported", "import_document"]

FORMAT = "fyr-import-1"


@dataclass(frozen=True, slots=True)
class Imported:
    """How much was added, and how much was there already."""

    services: int
    incidents: int
    known: int


def import_document(ctx: Ctx, document: object) -> Imported:
    """Take in a whole document or nothing of it.

    Raises InvalidError naming the place in the document that is wrong; ForbiddenError.
    """
    ctx.require(Action.CONFIGURE)
    root = Reader(document)
    if root.text("format") != FORMAT:
        raise InvalidError(f"The document's `format` is not {FORMAT!r}.", field="format")
    if (about := root.child("page")) is not None:
        _set_page(ctx, about)
    default = page.read_page(ctx.session).default_language
    new_services = [_service(ctx, each, default) for each in root.children("services")]
    new_incidents = [_incident(ctx, each, default) for each in root.children("incidents")]
    done = Imported(
        services=sum(new_services),
        incidents=sum(new_incidents),
        known=len(new_services) + len(new_incidents) - sum(new_services) - sum(new_incidents),
    )
    audit.record(
        ctx,
        "import",
        "page",
        page.read_page(ctx.session).public_id,
        after={"services": done.services, "incidents": done.incidents},
    )
    return done


def _set_page(ctx: Ctx, about: Reader) -> None:
    row = page.read_page(ctx.session)
    zone = about.optional_text("time_zone")
    if zone is not None:
        try:
            row.time_zone = ZoneInfo(zone).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise InvalidError(f"{zone!r} is no time zone.", field=about.at("time_zone")) from None
    name = about.translated("name")
    if name is not None:
        default = row.default_language
        row.name = localized(name, default=default, field=about.at("name"), limit=TITLE_LIMIT)
    ctx.touch()


def _service(ctx: Ctx, each: Reader, default: str) -> bool:
    slug = each.text("slug")
    if services.find_services(ctx.session, [slug]):
        return False
    name, group, description = (
        None
        if (text := each.translated(field)) is None
        else localized(text, default=default, field=each.at(field), limit=limit)
        for field, limit in (("name", TITLE_LIMIT), ("group", TITLE_LIMIT), ("description", 2000))
    )
    if name is None:
        raise InvalidError("A service needs a name.", field=each.at("name"))
    add_service(
        ctx,
        slug,
        name,
        description=description,
        group=group,
        known_since=each.optional_instant("known_since"),
    )
    return True


def _incident(ctx: Ctx, each: Reader, default: str) -> bool:
    title = localized(
        each.required_translated("title"),
        default=default,
        field=each.at("title"),
        limit=TITLE_LIMIT,
    )
    posts = [_update(ctx, post, default) for post in each.children("updates")]
    if not posts:
        raise InvalidError("An incident needs at least one update.", field=each.at("updates"))
    begun = posts[0].posted_at or ctx.now
    same_time = incidents.visible_incidents(ctx.session, ctx.now, begun=(begun, _just_after(begun)))
    if any(row.title == title for row in same_time):
        return False
    impact = each.optional_text("impact")
    opened = open_incident(
        ctx,
        NewIncident(title, posts[0], impact=None if impact is None else _impact(impact, each)),
    )
    for post in posts[1:]:
        post_update(ctx, opened.incident.id, post)
    if (postmortem := each.child("postmortem")) is not None:
        body = localized(
            postmortem.required_translated("body"),
            default=default,
            field=postmortem.at("body"),
            limit=BODY_LIMIT,
        )
        published_at = postmortem.optional_instant("published_at")
        put_postmortem(ctx, opened.incident.id, body=body, publish=True, published_at=published_at)
    return True


def _just_after(begun: datetime) -> datetime:
    return begun.replace(microsecond=999_999)


def _impact(text: str, each: Reader) -> Impact:
    return each.member("impact", text, Impact)


def _update(ctx: Ctx, post: Reader, default: str) -> NewUpdate:
    statuses: Mapping[str, ServiceStatus] = {
        slug: post.member(f"services.{slug}", status, ServiceStatus)
        for slug, status in post.strings("services").items()
    }
    body = localized(
        post.required_translated("body"), default=default, field=post.at("body"), limit=BODY_LIMIT
    )
    return NewUpdate(
        status=post.member("status", post.text("status"), IncidentStatus),
        body=body,
        services=statuses,
        posted_at=check_past(post.instant("posted_at"), now=ctx.now, field=post.at("posted_at")),
        notify=False,
    )
