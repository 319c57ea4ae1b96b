"""Import of a document with services and incidents with their whole history.

The format is described in docs/import.md. Importing a document again changes nothing.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.db.queries import incidents, page, services
from app.domain.errors import InvalidError
from app.domain.localized_text import LocalizedText
from app.domain.permissions import Action
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus
from app.domain.text_origin import OriginKind, TextOrigin
from app.domain.validation import BODY_LIMIT, TITLE_LIMIT, check_past, check_slug, localized
from app.usecases import audit
from app.usecases.context import Ctx
from app.usecases.imports.reader import DocumentReader
from app.usecases.incidents.lifecycle import NewIncident, NewUpdate, open_incident, post_update
from app.usecases.incidents.postmortems import NewPostmortem, put_postmortem
from app.usecases.services.services import add_service

__all__ = ["FORMAT", "ImportResult", "import_document"]

FORMAT = "fyr-import-1"

_DESCRIPTION_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The number of added services and incidents, and of those that existed already (`known`)."""

    services: int
    incidents: int
    known: int


def import_document(ctx: Ctx, document: object) -> ImportResult:
    """Import a document in one transaction.

    Raises InvalidError naming the path of the wrong value, ForbiddenError.
    """
    ctx.require(Action.CONFIGURE)
    root = DocumentReader(document)
    if root.text("format") != FORMAT:
        raise InvalidError(f"format is not {FORMAT!r}.", field="format")
    if (section := root.child("page")) is not None:
        _set_page(ctx, section)
    default = page.read_page(ctx.session).default_language
    new_services = [_service(ctx, each, default) for each in root.children("services")]
    new_incidents = [_incident(ctx, each, default) for each in root.children("incidents")]
    done = ImportResult(
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


def _set_page(ctx: Ctx, section: DocumentReader) -> None:
    row = page.read_page(ctx.session)
    zone = section.optional_text("time_zone")
    if zone is not None:
        try:
            row.time_zone = ZoneInfo(zone).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            place = section.at("time_zone")
            raise InvalidError(f"{place} is {zone[:60]!r}, no time zone.", field=place) from None
    row.name = _line(section, "name", row.default_language) or row.name
    ctx.touch()


def _service(ctx: Ctx, each: DocumentReader, default: str) -> bool:
    with each.naming():
        slug = check_slug(each.text("slug"), field=each.at("slug"))
        if services.find_services(ctx.session, [slug]):
            return False
        add_service(
            ctx,
            slug,
            _line(each, "name", default) or _missing(each, "name"),
            description=_text(each, "description", default, limit=_DESCRIPTION_LIMIT),
            group=_line(each, "group", default),
            known_since=each.optional_instant("known_since"),
        )
    return True


def _incident(ctx: Ctx, each: DocumentReader, default: str) -> bool:
    title = _line(each, "title", default) or _missing(each, "title")
    posts = [_update(ctx, post, default) for post in each.children("updates")]
    if not posts:
        raise InvalidError(
            f"{each.at('updates')} holds no update; an incident needs one.",
            field=each.at("updates"),
        )
    posts.sort(key=lambda post: post.posted_at or ctx.now)
    key = _import_key(title, posts)
    if _is_known(ctx, title, posts[0].posted_at or ctx.now, key):
        return False
    impact = each.optional_text("impact")
    override = None if impact is None else each.member("impact", impact, Impact)
    with each.naming():
        first = replace(posts[0], confirm=("started_long_ago",))
        new = NewIncident(title, first, impact=override, import_key=key)
        opened = open_incident(ctx, new)
        for post in posts[1:]:
            post_update(ctx, opened.incident.id, post)
    if (postmortem := each.child("postmortem")) is not None:
        _postmortem(ctx, postmortem, opened.incident.id, default)
    return True


def _is_known(ctx: Ctx, title: LocalizedText, begun: datetime, key: str) -> bool:
    """Return whether there is an incident of this key, or of this title and start."""
    if incidents.has_import_key(ctx.session, key):
        return True
    same_time = incidents.visible_incidents(ctx.session, ctx.now, begun=(begun, _just_after(begun)))
    return any(row.title == title for row in same_time)


def _import_key(title: LocalizedText, posts: Sequence[NewUpdate]) -> str:
    """Return the key of the incident with this title and these updates, the first one first.

    It is derived from the document, so that it stays when staff correct the title or the start.
    """
    started_at = posts[0].posted_at
    source = title.translations[title.source].text
    identity = [source, started_at.isoformat() if started_at else ""]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()


def _postmortem(ctx: Ctx, section: DocumentReader, incident_id: str, default: str) -> None:
    body = _text(section, "body", default, limit=BODY_LIMIT) or _missing(section, "body")
    published_at = section.optional_instant("published_at")
    with section.naming():
        new = NewPostmortem(body, publish=True, published_at=published_at, notify=False)
        put_postmortem(ctx, incident_id, new)


def _line(each: DocumentReader, field: str, default: str) -> LocalizedText | None:
    return _text(each, field, default, limit=TITLE_LIMIT, one_line=True)


def _text(
    each: DocumentReader, field: str, default: str, *, limit: int, one_line: bool = False
) -> LocalizedText | None:
    texts = each.translated(field)
    if texts is None:
        return None
    text = localized(texts, default=default, field=each.at(field), limit=limit, one_line=one_line)
    return text.with_origins(dict.fromkeys(text.translations, TextOrigin(OriginKind.IMPORT)))


def _missing(each: DocumentReader, field: str) -> NoReturn:
    raise InvalidError(f"{each.at(field)} is missing.", field=each.at(field))


def _just_after(begun: datetime) -> datetime:
    return begun + timedelta(microseconds=1)


def _update(ctx: Ctx, post: DocumentReader, default: str) -> NewUpdate:
    return NewUpdate(
        status=post.member("status", post.text("status"), IncidentStatus),
        body=_text(post, "body", default, limit=BODY_LIMIT) or _missing(post, "body"),
        services=_statuses(ctx, post),
        posted_at=check_past(post.instant("posted_at"), now=ctx.now, field=post.at("posted_at")),
        notify=False,
    )


def _statuses(ctx: Ctx, post: DocumentReader) -> Mapping[str, ServiceStatus]:
    statuses = post.strings("services")
    known = services.find_services(ctx.session, statuses)
    for slug in statuses:
        if slug not in known:
            place = post.at("services")
            raise InvalidError(f"{place} names {slug[:60]!r}, which is no service.", field=place)
    return {
        slug: post.member(f"services.{slug}", status, ServiceStatus)
        for slug, status in statuses.items()
    }
