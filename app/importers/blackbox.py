"""Targets of Prometheus' blackbox exporter: files of `file_sd_configs`, in JSON or YAML.

Source: prometheus/prometheus, docs/configuration, and prometheus/blackbox_exporter. A file is a
list of objects with `targets` and `labels`. Results of probes are in the database of Prometheus,
and are not imported.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.domain.errors import InvalidError
from app.importing.errors import UnsuitableSourceError
from app.importing.target_urls import target_of_host, target_of_url, without_credentials
from app.importing.texts import clean_title
from app.ports.importer import ImportItem, ImportTools, ItemKind, ReadOptions, ReportEntry

__all__ = ["read"]

_PATTERNS = ("*.json", "*.yml", "*.yaml")
# The modules that probe without TLS; their names are the operator's, and usually say so.
_NO_TLS = re.compile(r"icmp|ping|dns|ssh|irc|udp", re.IGNORECASE)
_MODULE_LABELS = ("module", "__param_module")
_VARIABLE = re.compile(r"[$]|\{\{")


def read(tools: ImportTools, options: ReadOptions) -> Iterator[ImportItem | ReportEntry]:
    """Yield the items of a file, or of the files in a folder."""
    name = Path(tools.source).name or tools.source
    yield ImportItem(ItemKind.SOURCE, {"kind": "blackbox", "instance": "blackbox"}, name)
    yield ImportItem(ItemKind.PAGE, {}, name)
    reader = _TargetLists(options)
    for file, groups in _files(tools, options, reader.findings):
        for number, group in enumerate(groups):
            reader.take(f"{file}[{number}]", group)
    yield from reader.findings
    yield from reader.items()


def _files(
    tools: ImportTools, options: ReadOptions, findings: list[ReportEntry]
) -> Iterator[tuple[str, list[Any]]]:
    """Name and list of each file. A file beside the lists that is none is reported."""
    if not Path(tools.source).is_dir():
        name = Path(tools.source).name
        groups = _parsed(tools, name, tools.read())
        if not isinstance(groups, list):
            raise UnsuitableSourceError(
                name, f"{name} must be a list of objects with targets, as file_sd_configs names it."
            )
        yield name, groups
        return
    count = 0
    for name, content in tools.files(*_PATTERNS):
        try:
            groups = _parsed(tools, name, content)
        except InvalidError:
            if not options.skip_broken:
                raise
            findings.append(ReportEntry("skipped.broken", name))
            continue
        if isinstance(groups, list):
            count += 1
            yield name, groups
        else:
            findings.append(ReportEntry("lost.target", name))
    if not count:
        raise UnsuitableSourceError(
            tools.source, f"{tools.source} has no file with a list of targets."
        )


def _parsed(tools: ImportTools, name: str, content: bytes) -> Any:  # noqa: ANN401  # JSON or YAML
    if name.endswith(".json"):
        return tools.parse_json(content, name)
    return tools.parse_yaml(content, name)


@dataclass
class _Address:
    """An address to probe, and the services that depend on it."""

    place: str
    host: str
    port: int
    starttls: str | None
    services: list[str] = field(default_factory=list)

    @property
    def ref(self) -> str:
        return f"{self.host}:{self.port}"


class _TargetLists:
    """Collects services and addresses, each once however many files name it."""

    def __init__(self, options: ReadOptions) -> None:
        self._options = options
        self._services: dict[str, str] = {}
        self._addresses: dict[str, _Address] = {}
        self.findings: list[ReportEntry] = []

    def take(self, place: str, group: object) -> None:
        """Read an object of a file: the targets that have labels in common."""
        targets = group.get("targets") if isinstance(group, dict) else None
        if not isinstance(group, dict) or not isinstance(targets, list):
            self._note("skipped.broken", place)
            return
        labels = group.get("labels")
        known = labels if isinstance(labels, dict) else {}
        service = clean_title(str(known.get("service") or "")).text
        module = next((str(known[each]) for each in _MODULE_LABELS if known.get(each)), "")
        if service and targets:
            self._services.setdefault(service, place)
        for number, target in enumerate(targets):
            self._take_target(f"{place}.targets[{number}]", target, service, module)

    def _take_target(self, place: str, target: object, service: str, module: str) -> None:
        if not isinstance(target, str):
            self._note("skipped.broken", place)
            return
        text, had_secret = without_credentials(target.strip())
        if _VARIABLE.search(text) or _NO_TLS.search(module):
            self._note("lost.target", place)
            return
        is_url = "://" in text
        found = target_of_url(text) if is_url else target_of_host(text)
        if found is None:
            is_plain = is_url or target_of_url(f"tls://{text}") is not None
            self._note("lost.target" if is_plain else "skipped.broken", place)
            return
        if had_secret:
            self._note("lost.secret", place)
        address = _Address(place, *found)
        if address.ref in self._addresses:
            self._note("skipped.duplicate", place)
            address = self._addresses[address.ref]
        self._addresses[address.ref] = address
        name = service or address.host
        self._services.setdefault(name, place)
        if name not in address.services:
            address.services.append(name)

    def _note(self, code: str, place: str) -> None:
        self.findings.append(ReportEntry(code, place))

    def items(self) -> Iterator[ImportItem]:
        """The services, and with the option for targets the addresses."""
        for name, place in self._services.items():
            yield ImportItem(ItemKind.SERVICE, {"ref": name, "name": name}, place)
        for each in self._addresses.values() if self._options.targets else ():
            content = {
                "ref": each.ref,
                "host": each.host,
                "port": each.port,
                "starttls": each.starttls,
                "services": each.services,
            }
            yield ImportItem(ItemKind.TARGET, content, each.place)
