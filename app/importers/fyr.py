"""The import document of Fyr: JSON, or JSON Lines, in its first and second version."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from app.domain.errors import InvalidError
from app.importing.errors import RefusedTokenError, UnreadableSourceError, UnsuitableSourceError
from app.importing.files.json_text import parse_json
from app.ports.importer import ImportItem, ImportTools, ItemKind, ReadOptions, ReportEntry

__all__ = ["FORMAT", "FORMER_FORMAT", "document_items", "read"]

FORMAT = "fyr-import-2"
FORMER_FORMAT = "fyr-import-1"

# The lists of a document, and the kind of their elements.
_LISTS: Mapping[str, ItemKind] = {
    "groups": ItemKind.GROUP,
    "services": ItemKind.SERVICE,
    "incidents": ItemKind.INCIDENT,
    "maintenances": ItemKind.MAINTENANCE,
    "subscribers": ItemKind.SUBSCRIBER,
    "uptime": ItemKind.UPTIME,
    "targets": ItemKind.TARGET,
}
_LISTS_BY_KIND = {kind: name for name, kind in _LISTS.items()}


def read(tools: ImportTools, options: ReadOptions) -> Iterator[ImportItem | ReportEntry]:  # noqa: ARG001
    """Yield the items of a document, or of the export of another Fyr."""
    if tools.source.startswith(("http://", "https://")):
        yield from _from_lines(iter(_export(tools).splitlines()), "/api/v1/export")
        return
    lines = (line for line in tools.lines() if line.strip())
    first, second = next(lines, b""), next(lines, None)
    name = Path(tools.source).name
    if second is None or not _is_first_line(first):
        yield from document_items(tools.parse_json(tools.read(), name))
        return
    yield from _from_lines(chain([first, second], lines), name)


def _export(tools: ImportTools) -> bytes:
    """The export of the Fyr at the address. Raises InvalidError without the token of an admin."""
    if tools.token is None:
        raise InvalidError(
            "Set FYR_IMPORT_TOKEN to a token of an admin of that Fyr.", code="import_token_missing"
        )
    response = tools.get("/api/v1/export", headers={"authorization": f"Bearer {tools.token}"})
    if response.status in {401, 403}:
        raise RefusedTokenError(
            "/api/v1/export",
            f"/api/v1/export answers {response.status}: FYR_IMPORT_TOKEN has to be the token of an "
            "admin of that Fyr.",
            status=response.status,
        )
    if response.status != 200 or response.media_type != "application/x-ndjson":
        kind = response.media_type or "of no type"
        raise UnsuitableSourceError(
            "/api/v1/export",
            f"/api/v1/export answers {response.status}, {kind}: is it a Fyr of this version?",
        )
    return response.body


def document_items(document: object) -> Iterator[ImportItem]:
    """Yield the items of a document that is one JSON value. Raises InvalidError."""
    if not isinstance(document, dict):
        raise UnsuitableSourceError("document", "The document must be an object.")
    yield from _head(document)
    if isinstance(document.get("services"), list):
        document = {**document, "services": [*document["services"]]}
    yield from _former_groups(document)
    for name, kind in _LISTS.items():
        elements = document.get(name, [])
        if not isinstance(elements, list):
            raise InvalidError(f"{name} must be a list.", field=name)
        for number, element in enumerate(elements):
            yield _item(kind, element, f"{name}[{number}]")


def _former_groups(document: Mapping[str, Any]) -> Iterator[ImportItem]:
    """The groups of a document of the first version, in which services name them.

    The service is changed to name the ref of its group.
    """
    services = document.get("services")
    if document["format"] != FORMER_FORMAT or not isinstance(services, list):
        return
    seen: set[str] = set()
    for number, service in enumerate(services):
        name = service.get("group") if isinstance(service, dict) else None
        if name is None:
            continue
        ref = name if isinstance(name, str) else json.dumps(name, sort_keys=True)
        services[number] = {**service, "group": ref}
        if ref not in seen:
            seen.add(ref)
            content = {"ref": ref, "name": name}
            yield ImportItem(ItemKind.GROUP, content, f"services[{number}].group")


def _is_first_line(line: bytes) -> bool:
    """Whether a line by itself is the head of a document in JSON Lines."""
    try:
        head = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(head, dict) and "format" in head


def _from_lines(lines: Iterator[bytes], name: str) -> Iterator[ImportItem]:
    counts: Counter[str] = Counter()
    number, end = 0, None
    for number, line in enumerate(lines, 1):
        place = f"line {number}"
        content = parse_json(line, name, line=number)
        if not isinstance(content, dict):
            raise UnreadableSourceError(f"{name}: {place}", f"{name}: {place} must be an object.")
        if end is not None:
            raise UnreadableSourceError(
                f"{name}: {place}", f"{name}: {place} follows the end of the document."
            )
        if number == 1:
            yield from _head(content)
        elif "end" in content:
            end = place
            _check_counts(content["end"], counts, f"{name}: {place}")
        else:
            item = _line_item(content, name, place)
            counts[_LISTS_BY_KIND[item.kind]] += 1
            yield item
    if end is None:
        raise UnreadableSourceError(
            name, f"{name} is cut: line {number} is the last one, and there is no end line."
        )


def _head(content: Mapping[str, Any]) -> Iterator[ImportItem]:
    _check_format(content)
    yield _source_item(content)
    if content.get("page") is not None:
        yield _item(ItemKind.PAGE, content["page"], "page")


def _line_item(content: Mapping[str, Any], name: str, place: str) -> ImportItem:
    kinds = {kind.value: kind for kind in _LISTS_BY_KIND}
    field = next(iter(content), "")
    if len(content) != 1 or field not in kinds:
        known = ", ".join(kinds)
        raise UnreadableSourceError(
            f"{name}: {place}", f"{name}: {place} must have one field of {known}, end."
        )
    return _item(kinds[field], content[field], place)


def _check_counts(counts: object, found: Counter[str], place: str) -> None:
    if not isinstance(counts, dict):
        raise InvalidError(f"{place}: end must be an object.")
    for name, number in counts.items():
        if name in _LISTS and number != found[name]:
            raise InvalidError(
                f"{place}: there should be {number} {name}, and there are {found[name]}."
            )


def _check_format(head: Mapping[str, Any]) -> None:
    found = head.get("format")
    if found not in (FORMAT, FORMER_FORMAT):
        shown = "missing" if found is None else repr(found)[:60]
        raise InvalidError(
            f"format is {shown}; known are {FORMER_FORMAT} and {FORMAT}.", field="format"
        )


def _source_item(head: Mapping[str, Any]) -> ImportItem:
    source = head.get("source") or {}
    if not isinstance(source, dict):
        raise InvalidError("source must be an object.", field="source")
    content = {**source, "format": head["format"]}
    return ImportItem(ItemKind.SOURCE, content, "source")


def _item(kind: ItemKind, content: object, place: str) -> ImportItem:
    if not isinstance(content, dict):
        raise InvalidError(f"{place} must be an object.", field=place)
    return ImportItem(kind, content, place)
