"""Redirects from the addresses that a former status page had."""

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from app.domain.publication import SubjectKind
from app.i18n.regional_formats import published_tag
from app.web.dependencies import app_state

__all__ = ["moved_page"]

_FOLDERS = {SubjectKind.INCIDENT: "incidents", SubjectKind.MAINTENANCE: "maintenances"}


def moved_page(request: Request) -> Response | None:
    """A redirect to what had this path on a former page; None when nothing had it.

    A language in front of the path stays. Raises UnavailableError.
    """
    state = app_state(request)
    facts, path = state.renderer.page_facts_blocking(), request.url.path
    first, _, rest = path.lstrip("/").partition("/")
    prefix = f"/{first}" if published_tag(first, facts.languages) else ""
    wanted = f"/{rest}" if prefix else path
    found = state.former_paths.find(state.database.reading, wanted, facts.revision)
    if found is None:
        return None
    target = f"{prefix}/{_FOLDERS[found.kind]}/{found.id}"
    return None if target == path else RedirectResponse(target, 301)
