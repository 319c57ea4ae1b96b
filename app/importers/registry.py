"""Every kind of source that `fyr import --from KIND` reads; a module is imported when used."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import cast

from app.domain.errors import InvalidError
from app.importing.http.github import repository_api
from app.ports.importer import Importer, SourceForm

__all__ = ["KINDS", "ImporterKind", "load_importer"]

_PAGE_ID = re.compile(r"[A-Za-z0-9_-]+")
_ADDRESS, _FILE, _FOLDER = SourceForm.ADDRESS, SourceForm.FILE, SourceForm.FOLDER


@dataclass(frozen=True, slots=True)
class ImporterKind:
    """A kind of source: its module below `app.importers`, what it is given, and a sentence.

    With `needs_token`, FYR_IMPORT_TOKEN has to be set for an address. `api` is the address of a
    hosted product, which is read when only the id of a page is given. `title` is the name of the
    product, which is in no catalogue. With `is_repository` an address is that of a repository,
    which is read from the API of its server. `other_token` is another variable that can have the
    token.
    """

    module: str
    title: str
    forms: tuple[SourceForm, ...]
    summary: str
    needs_token: bool = False
    api: str = ""
    is_repository: bool = False
    other_token: str = ""

    def located(self, source: str, page: str | None) -> tuple[str, str | None]:
        """The source and its page: the id of a page, given as source, is one of the product."""
        if self.is_repository:
            return repository_api(source), page
        if not self.api or _PAGE_ID.fullmatch(source) is None:
            return source, page
        return self.api, page or source


KINDS: Mapping[str, ImporterKind] = MappingProxyType(
    {
        "betterstack": ImporterKind(
            "betterstack",
            "Better Stack",
            (_ADDRESS,),
            "The Uptime API of Better Stack, with a token.",
            needs_token=True,
            api="https://uptime.betterstack.com",
        ),
        "blackbox": ImporterKind(
            "blackbox",
            "Blackbox exporter",
            (_FILE, _FOLDER),
            "Lists of targets of Prometheus' blackbox exporter.",
        ),
        "cachet": ImporterKind(
            "cachet",
            "Cachet",
            (_FILE, _ADDRESS),
            "The SQLite file of Cachet 2.4 or 3, or the API of 2.4.",
        ),
        "cstate": ImporterKind(
            "cstate", "cState", (_FOLDER,), "The folder of a cState or statuskit site."
        ),
        "fyr": ImporterKind(
            "fyr", "Fyr", (_FILE, _ADDRESS), "A document of docs/import.md, or a Fyr."
        ),
        "gatus": ImporterKind("gatus", "Gatus", (_FILE,), "The configuration file of Gatus."),
        "healthchecks": ImporterKind(
            "healthchecks",
            "Healthchecks",
            (_ADDRESS,),
            "The API of Healthchecks.",
            needs_token=True,
        ),
        "hund": ImporterKind(
            "hund",
            "Hund",
            (_ADDRESS,),
            "The API of a status page of Hund, with a key.",
            needs_token=True,
            api="https://api.hund.io",
        ),
        "instatus": ImporterKind(
            "instatus",
            "Instatus",
            (_ADDRESS,),
            "The API of Instatus, with its key.",
            needs_token=True,
            api="https://api.instatus.com",
        ),
        "kener": ImporterKind("kener", "Kener", (_FILE,), "The SQLite file of Kener 3 or 4."),
        "statuspage": ImporterKind(
            "statuspage",
            "Statuspage",
            (_ADDRESS,),
            "A public Statuspage, or its management API with a token.",
        ),
        "upptime": ImporterKind(
            "upptime",
            "Upptime",
            (_FOLDER, _ADDRESS),
            "The folder of a repository, with issues.json beside it, or github.com/OWNER/REPO.",
            is_repository=True,
            other_token="GITHUB_TOKEN",  # noqa: S106  # the name of the variable
        ),
        "uptime-kuma": ImporterKind(
            "uptime_kuma",
            "Uptime Kuma",
            (_FILE, _ADDRESS),
            "The file kuma.db, or the address of a status page.",
        ),
    }
)


def load_importer(kind: str) -> Importer:
    """The importer of a kind. Raises InvalidError naming the known kinds."""
    found = KINDS.get(kind)
    if found is None:
        known = ", ".join(KINDS)
        raise InvalidError(f"There is no kind {kind[:40]!r}; known are {known}.", field="from")
    return cast("Importer", import_module(f"app.importers.{found.module}"))
