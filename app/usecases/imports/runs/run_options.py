"""Options of imports that the console and the API start, and their validation."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.domain.errors import InvalidError
from app.domain.patterns import PatternError, compile_pattern
from app.importers.registry import KINDS, ImporterKind
from app.importing.http.addresses import parse_address
from app.ports.importer import ReadOptions, SourceForm
from app.usecases.imports.state import WriteOptions
from app.usecases.time_zones import check_time_zone

__all__ = ["NewImport", "RunOptions", "checked_address", "in_words_of_the_api"]

_TAG = re.compile(r"[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8}){0,4}")
_LONGEST_PAGE = 200
_LONGEST_TOKEN = 4096
_MOST_LANGUAGES = 100
_HTTP = ("http://", "https://")
_OPTION = re.compile(r"--([a-z]+(?:-[a-z]+)*)")


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of an import by their names in the API; docs/commands.md describes each."""

    page: str | None = None
    time_zone: str | None = None
    languages: tuple[str, ...] = ()
    maintenance: str | None = None
    targets: bool = False
    history: bool = False
    with_hidden: bool = False
    skip_broken: bool = False
    keep_open: bool = False
    restore_deleted: bool = False
    overwrite: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "RunOptions":
        """The options from their JSON values."""
        return cls(**{**stored, "languages": tuple(stored["languages"])})

    def as_json(self) -> dict[str, Any]:
        """The options as JSON values."""
        return {**asdict(self), "languages": list(self.languages)}

    def checked(self) -> "RunOptions":
        """The options, with an empty text for none. Raises InvalidError naming the field."""
        if self.time_zone:
            check_time_zone(self.time_zone)
        if len(self.page or "") > _LONGEST_PAGE:
            raise InvalidError(
                f"At most {_LONGEST_PAGE} characters.", code="text_too_long", field="page"
            )
        tags = tuple(each.lower() for each in self.languages)
        if len(tags) > _MOST_LANGUAGES or not all(_TAG.fullmatch(each) for each in tags):
            raise InvalidError(
                "Give tags of languages such as en, sv.", code="import_languages", field="languages"
            )
        try:
            if self.maintenance:
                compile_pattern(self.maintenance, ignore_case=True)
        except PatternError as error:
            raise InvalidError(f"No regular expression: {error}.", field="maintenance") from None
        options = {**self.as_json(), "languages": tags}
        return RunOptions(**{**options, **{name: options[name] or None for name in _TEXTS}})

    def reading(self, now: datetime) -> ReadOptions:
        """The options for the reader of the source."""
        return ReadOptions(
            now=now,
            page=self.page,
            time_zone=self.time_zone,
            languages=self.languages,
            targets=self.targets,
            history=self.history,
            with_hidden=self.with_hidden,
            skip_broken=self.skip_broken,
            keep_open=self.keep_open,
            maintenance=self.maintenance,
        )

    def writing(self, *, is_trial: bool) -> WriteOptions:
        """The options for the writer."""
        return WriteOptions(is_trial, self.restore_deleted, self.overwrite, self.targets)


_TEXTS = ("page", "time_zone", "maintenance")


@dataclass(frozen=True, slots=True)
class NewImport:
    """An import to start: its kind, and either the address of the source or the id of an upload.

    With `is_dry_run`, only the report is made, and `go_on` imports what was read.
    """

    kind: str
    address: str = ""
    upload: str = ""
    token: str = ""
    options: RunOptions = RunOptions()
    is_dry_run: bool = True

    def __repr__(self) -> str:
        return f"NewImport({self.kind!r})"  # a token and an address may be secret


def checked_address(new: NewImport) -> tuple[str, RunOptions]:
    """The address of the source, empty for an upload, and the options.

    Raises InvalidError naming the field, with what to do.
    """
    kind = _kind(new)
    options = new.options.checked()
    if bool(new.address) == bool(new.upload):
        raise InvalidError(
            "Give either a file or an address.", code="import_source_missing", field="address"
        )
    _check_form(new, kind)
    if not new.address:
        return "", options
    try:
        address, page = kind.located(new.address, options.page)
        if not address.startswith(_HTTP):
            # Importers read anything else from the disk of the server.
            address = f"https://{address}"
        parse_address(address)
    except InvalidError as error:
        raise InvalidError(
            in_words_of_the_api(error.message), code="import_source_url", field="address"
        ) from None
    _check_token(new, kind)
    return address, RunOptions.of({**options.as_json(), "page": page})


def _kind(new: NewImport) -> ImporterKind:
    kind = KINDS.get(new.kind)
    if kind is None:
        raise InvalidError(
            f"There is no kind {new.kind[:40]!r}; known are {', '.join(KINDS)}.",
            code="unknown_choice",
            field="kind",
        )
    return kind


def _check_form(new: NewImport, kind: ImporterKind) -> None:
    form = SourceForm.ADDRESS if new.address else SourceForm.FILE
    if form in kind.forms:
        return
    if SourceForm.FOLDER in kind.forms and SourceForm.FILE not in kind.forms:
        command = f"fyr import --from {new.kind} FOLDER"
        raise InvalidError(
            f"{new.kind} is read from a folder. Run on the server: {command}",
            code="import_needs_folder",
            field="kind",
            data={"command": command},
        )
    if new.address:
        raise InvalidError(
            f"{new.kind} is read from a file.", code="import_needs_file", field="kind"
        )
    raise InvalidError(
        f"{new.kind} is read from an address.", code="import_needs_url", field="kind"
    )


def _check_token(new: NewImport, kind: ImporterKind) -> None:
    if kind.needs_token and not new.token:
        raise InvalidError(
            "This kind of source needs a token of its API.",
            code="import_token_missing",
            field="token",
        )
    if len(new.token) > _LONGEST_TOKEN or not (new.token.isascii() and new.token.isprintable()):
        raise InvalidError("This is no token: copy it again.", code="invalid_key", field="token")


def in_words_of_the_api(message: str) -> str:
    """A message of an importer, which names options of the command, for the console and the API."""
    words = message.replace("the command again with --resume", "the import again")
    words = words.replace("the token in FYR_IMPORT_TOKEN", "the token")
    words = words.replace("FYR_IMPORT_TOKEN", "the token").replace("SOURCE", "The address", 1)
    words = words.replace("SOURCE", "the address")
    return _OPTION.sub(lambda found: f"`{found[1].replace('-', '_')}`", words)
