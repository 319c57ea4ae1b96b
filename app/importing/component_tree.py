"""Groups and services of a source, also those that only its history still names."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.errors import InvalidError
from app.importing.texts import SourceText, clean_titles, html_to_line
from app.importing.times import rfc3339
from app.ports.importer import ImportItem, ItemKind, ReadOptions, ReportEntry

__all__ = ["ComponentTree", "SourceComponent", "SourceGroup"]

_DESCRIPTION_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """A group as the source has it. `order` is its place on the page."""

    ref: str
    name: SourceText
    order: int = 0


@dataclass(frozen=True, slots=True)
class SourceComponent:
    """A service as the source has it.

    `order` is its place in its group, or on the page without one. `is_gone`: it left the page.
    """

    ref: str
    name: SourceText
    description: SourceText = ""
    group: str = ""
    order: int = 0
    created_at: datetime | None = None
    is_gone: bool = False


@dataclass
class ComponentTree:
    """The groups and services of a page."""

    options: ReadOptions
    groups: dict[str, SourceGroup] = field(default_factory=dict)
    components: dict[str, SourceComponent] = field(default_factory=dict)
    _gone: dict[str, SourceText] = field(default_factory=dict)
    _unknown: dict[str, None] = field(default_factory=dict)
    _broken: list[str] = field(default_factory=list)

    def add_group(self, group: SourceGroup) -> None:
        """Note a group; the first one of a ref counts. One without a ref has no services.

        The services of a group without a name are in none.
        """
        if group.ref:
            self.groups.setdefault(group.ref, group)

    def add(self, ref: str, read: Callable[[], SourceComponent]) -> None:
        """Note the service that `read` returns; the first one of a ref counts.

        Raises InvalidError when it cannot be read or has no ref, unless broken things are skipped.
        """
        try:
            if not ref:
                raise InvalidError("A component has no id.", field="id")
            self.components.setdefault(ref, read())
        except InvalidError:
            if not self.options.skip_broken:
                raise
            self._broken.append(ref)

    def named(self, ref: str, name: SourceText, by: str) -> bool:
        """Whether the thing with the ref `by` can name this service.

        One that the source no longer has becomes an archived service if it has a name there.
        Groups are no services.
        """
        if not ref or ref in self.groups:
            return False
        if ref not in self.components and not clean_titles(name).text:
            if ref not in self._gone:
                self._unknown[by] = None
                return False
        elif ref not in self.components:
            self._gone.setdefault(ref, name)
        return True

    def followed(self, refs: Iterable[str]) -> list[str]:
        """The services on the page among these; a group stands for its members."""
        found: list[str] = []
        for ref in refs:
            if ref in self.groups:
                found += [each.ref for each in self.components.values() if each.group == ref]
            elif ref in self.components:
                found.append(ref)
        return [ref for ref in dict.fromkeys(found) if not self.components[ref].is_gone]

    def items(self) -> Iterator[ImportItem | ReportEntry]:
        """The groups that have services, the services, and those that only the history names."""
        used = {each.group for each in self.components.values()}
        for group in sorted(self.groups.values(), key=lambda each: each.order):
            name = clean_titles(group.name).text
            if group.ref in used and name:
                content = {"ref": group.ref, "name": name}
                yield ImportItem(ItemKind.GROUP, content, f"group {group.ref}")
        for each in sorted(self.components.values(), key=self._order):
            if each.group and each.group not in self.groups:
                yield ReportEntry("fixed.unknown_group", each.ref)
            yield self._service(each)
        for ref, name in self._gone.items():
            yield ReportEntry("guessed.services", ref)
            yield self._service(SourceComponent(ref, name, is_gone=True))
        yield from (ReportEntry("fixed.unknown_service", by) for by in self._unknown)
        yield from (ReportEntry("skipped.broken", ref) for ref in self._broken)

    def _order(self, component: SourceComponent) -> tuple[int, int]:
        group = self.groups.get(component.group)
        return (component.order, 0) if group is None else (group.order, component.order)

    def _service(self, component: SourceComponent) -> ImportItem:
        name = clean_titles(component.name).text or component.ref
        content: dict[str, Any] = {"ref": component.ref, "name": name}
        description = _line(component.description)
        if description:
            content["description"] = description
        group = self.groups.get(component.group)
        if group is not None and clean_titles(group.name).text:
            content["group"] = component.group
        if component.is_gone:
            content["archived"] = True
        if component.created_at is not None:
            created = rfc3339(min(component.created_at, self.options.now))
            content |= {"created_at": created, "known_since": created}
        return ImportItem(ItemKind.SERVICE, content, f"component {component.ref}")


def _line(text: SourceText) -> SourceText:
    """A description in one line, in each language that has one."""
    if isinstance(text, str):
        return html_to_line(text)[:_DESCRIPTION_LIMIT]
    lines = {tag: html_to_line(each)[:_DESCRIPTION_LIMIT] for tag, each in text.items()}
    return {tag: line for tag, line in lines.items() if line}
