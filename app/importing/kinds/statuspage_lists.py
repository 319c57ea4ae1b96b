"""The lists that Statuspage's public API and its management API give."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from app.domain.errors import InvalidError
from app.importing.errors import HiddenPageError, PageNotNamedError, UnsuitableSourceError
from app.importing.http.paged_lists import numbered_pages
from app.importing.texts import one_of_each
from app.importing.times import parse_time
from app.importing.values import objects_at, objects_in, ref_at
from app.ports.importer import ImportTools, ReadOptions, Row

__all__ = ["ManagementLists", "PublicLists"]

_ELEMENT = re.compile(r"<[a-z]+\s[^<>]*data-react-class=\"HistoryIndex\"[^<>]*>", re.IGNORECASE)
_PROPS = re.compile(r"data-react-props=\"([^\"]*)\"", re.IGNORECASE)
_CODE = re.compile(r"[a-z0-9]{6,40}")
# Back-filled history begins before the page: the search ends after so many empty quarters.
_MOST_EMPTY = 8
# Three months each.
_MOST_WINDOWS = 400
_STATES = ("active", "unconfirmed", "quarantined")


class PublicLists:
    """What anybody can read: API v2, and the history pages for what is not among the newest 50."""

    def __init__(self, tools: ImportTools) -> None:
        self._tools = tools
        self._summary: Mapping[str, Any] = {}
        self.codes: tuple[str, ...] = ("lost.subscribers", "lost.postmortems")

    def page(self) -> Mapping[str, Any]:
        """The page. Raises InvalidError when the address is no Statuspage."""
        summary = self._tools.json("/api/v2/summary.json")
        if not isinstance(summary, dict) or not isinstance(summary.get("page"), dict):
            raise UnsuitableSourceError(
                "/api/v2/summary.json", "/api/v2/summary.json has no page: is it a Statuspage?"
            )
        self._summary = summary
        page: Mapping[str, Any] = summary["page"]
        return page

    def components(self) -> list[Mapping[str, Any]]:
        """All components and groups."""
        found = self._tools.json("/api/v2/components.json", missing=True)
        return objects_at(found if found is not None else self._summary, "components")

    def incidents(self) -> Iterator[Mapping[str, Any]]:
        """Every incident and maintenance once, each with its updates."""
        seen: set[str] = set()
        for path, name in (
            ("/api/v2/scheduled-maintenances.json", "scheduled_maintenances"),
            ("/api/v2/incidents.json", "incidents"),
        ):
            for each in objects_at(self._tools.json(path, missing=True), name):
                if str(each.get("id")) not in seen:
                    seen.add(str(each.get("id")))
                    yield each
        for code in self._codes_of_history():
            if code in seen:
                continue
            seen.add(code)
            found = self._tools.json(f"/api/v2/incidents/{code}.json", missing=True)
            incident = found.get("incident") if isinstance(found, dict) else None
            if isinstance(incident, dict):
                yield incident
            else:
                self.codes = one_of_each((*self.codes, "incomplete.history"))

    def subscribers(self) -> Iterator[Mapping[str, Any]]:
        """None: only the management API has them."""
        yield from ()

    def _codes_of_history(self) -> Iterator[str]:
        """The ids on the history pages, newest first."""
        empty = 0
        for number in range(1, _MOST_WINDOWS):
            response = self._tools.get(f"/history?page={number}")
            props = _props(response.body) if response.status == 200 else None
            if props is None:
                if number == 1:
                    self.codes = one_of_each((*self.codes, "incomplete.history"))
                return
            found = [
                str(each.get("code"))
                for month in objects_at(props, "months")
                for each in objects_at(month, "incidents")
            ]
            yield from (code for code in found if _CODE.fullmatch(code))
            empty = 0 if found else empty + 1
            if empty >= _MOST_EMPTY and _is_before_page(props):
                return


class ManagementLists:
    """What the owner of a page can read: API v1, with a token."""

    def __init__(self, tools: ImportTools, options: ReadOptions) -> None:
        self._tools = tools
        self._options = options
        self._root = "" if tools.source.rstrip("/").endswith("/v1") else "/v1"
        self._page = ""
        self.codes: tuple[str, ...] = ()

    def page(self) -> Mapping[str, Any]:
        """The page. Raises InvalidError when there are several and none is named."""
        pages = self._get("/pages", missing=True)
        if pages is None:
            raise UnsuitableSourceError(
                "/v1/pages",
                "SOURCE has no management API. With FYR_IMPORT_TOKEN set, give "
                "https://api.statuspage.io; without it, the address of the public page.",
            )
        found = objects_in(pages)
        if self._options.page is not None:
            named = [each for each in found if self._options.page in _names(each)]
        else:
            named = found
        if len(named) != 1:
            names = ", ".join(f"{each.get('id')} ({each.get('name')})" for each in found)
            reason = "is none of the pages" if self._options.page else "is not given"
            raise PageNotNamedError(f"--page {reason}: {names[:500]}.", names[:500])
        (page,) = named
        if page.get("viewers_must_be_team_members") is True and not self._options.with_hidden:
            raise HiddenPageError(
                "The page is for members of a team only; --with-hidden imports it, as public."
            )
        self._page = f"/pages/{page.get('id')}"
        result: Mapping[str, Any] = page
        return result

    def components(self) -> list[Mapping[str, Any]]:
        """All components, and the groups."""
        components = list(self._pages("/components", "per_page=100"))
        known = {ref_at(each, "id") for each in components}
        for group in self._pages("/component-groups", "per_page=100"):
            if ref_at(group, "id") not in known:
                components.append({**group, "group": True})
        return components

    def incidents(self) -> Iterator[Mapping[str, Any]]:
        """Every incident and maintenance, each with its updates."""
        yield from self._pages("/incidents", "limit=100")

    def subscribers(self) -> Iterator[Mapping[str, Any]]:
        """Every subscriber with its state as `$state`."""
        for state in _STATES:
            # This list begins at page 0.
            for each in self._pages("/subscribers", f"state={state}&limit=100", first=0):
                yield {**each, "$state": state}

    def _pages(self, path: str, query: str, first: int = 1) -> Iterator[Mapping[str, Any]]:
        """The elements of a list."""

        def read_page(number: int) -> list[Row]:
            found = self._get(f"{self._page}{path}?{query}&page={number}")
            if not isinstance(found, list):
                raise UnsuitableSourceError(path, f"{path} of the API is not a list.")
            return found

        return numbered_pages(read_page, first=first)

    def _get(self, path: str, *, missing: bool = False) -> Any:  # noqa: ANN401  # JSON
        headers = {"authorization": f"OAuth {self._tools.token}"}
        return self._tools.json(
            f"{self._root}{path}", headers=headers, per_second=1.0, missing=missing
        )


def _props(body: bytes) -> Mapping[str, Any] | None:
    """The JSON in a history page; None without it."""
    element = _ELEMENT.search(body.decode("utf-8", "replace"))
    found = None if element is None else _PROPS.search(element[0])
    if found is None:
        return None
    try:
        props = json.loads(html.unescape(found[1]))
    except (ValueError, RecursionError):
        return None
    return props if isinstance(props, dict) else None


def _is_before_page(props: Mapping[str, Any]) -> bool:
    """Whether the months on a history page end before the page was created."""
    status = props.get("page_status")
    page = status.get("page") if isinstance(status, dict) else None
    created = page.get("created_at") if isinstance(page, dict) else None
    months = objects_at(props, "months")
    try:
        created_at, _ = parse_time(created, place="created_at", zone=None)
        if isinstance(props.get("end_time"), str):
            end, _ = parse_time(props["end_time"], place="end_time", zone=created_at.tzinfo)
        else:
            end = datetime(int(months[0]["year"]), 12, 31, tzinfo=created_at.tzinfo)
    except (InvalidError, LookupError, ValueError, TypeError):
        return True
    return end < created_at


def _names(page: Mapping[str, Any]) -> set[str]:
    return {str(page.get(name)) for name in ("id", "name", "subdomain", "domain") if page.get(name)}
