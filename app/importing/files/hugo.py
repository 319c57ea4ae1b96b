"""Hugo, the generator of cState and statuskit sites: its settings, front matter and permalinks."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from app.importing.errors import UnreadableSourceError, UnsuitableSourceError
from app.importing.files.file_formats import advice_on
from app.ports.importer import ImportTools

__all__ = [
    "FrontMatter",
    "HugoPage",
    "base_url",
    "in_lower_case",
    "language_tag",
    "parse_front_matter",
    "permalink",
    "read_settings",
]

_ENDINGS = ("yml", "yaml", "toml", "json")
_SETTINGS = tuple(f"{name}.{ending}" for name in ("config", "hugo") for ending in _ENDINGS)
# Tags that differ in more than the region.
_TAGS = {
    "pt": "pt-pt",
    "pt-br": "pt-br",
    "pt-pt": "pt-pt",
    "zh": "zh-hans",
    "zh-cn": "zh-hans",
    "zh-hans": "zh-hans",
    "zh-sg": "zh-hans",
    "zh-hant": "zh-hant",
    "zh-hk": "zh-hant",
    "zh-tw": "zh-hant",
}
_FRONT = re.compile(
    r"\A\ufeff?(---|\+\+\+)[ \t]*\r?\n(.*?)^\1[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
# JSON without a mark around it ends at a closing brace in a line of its own.
_JSON_FRONT = re.compile(r"\A(\{)(.*?)^\}[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
# Letters, digits and marks stay, and these signs; a blank beside a hyphen goes.
_DROPPED = re.compile(r"[^\w\s./\\#+~@-]")
_BESIDE_HYPHEN = re.compile(r"\s+(?=-)|(?<=-)\s+")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The fields of a page, the line of each in the file, and the text below them.

    Names are in lower case: to Hugo, case makes no difference.
    """

    fields: Mapping[str, Any]
    lines: Mapping[str, int]
    body: str


@dataclass(frozen=True, slots=True)
class HugoPage:
    """What the address of a page is made of. `ref` is its path below `content`."""

    ref: str
    title: str
    slug: str
    at: datetime


def read_settings(tools: ImportTools) -> tuple[Mapping[str, Any], str]:
    """The settings of Hugo, and the name of their file. Their names, and those of `params`, are in
    lower case: to Hugo, case makes no difference.
    """
    folder = tools.folder()
    for file, content in tools.files(*_SETTINGS):
        name = f"{folder.name}/{file}"
        found = _parse_settings(tools, content, name)
        if not isinstance(found, dict):
            raise UnsuitableSourceError(name, f"{name} must be an object.")
        settings = in_lower_case(found)
        if isinstance(settings.get("params"), dict):
            settings["params"] = in_lower_case(settings["params"])
        return settings, name
    raise UnsuitableSourceError(
        tools.source, f"{tools.source} has no {', '.join(_SETTINGS[:3])}: it is no site of Hugo."
    )


def _parse_settings(tools: ImportTools, content: bytes, name: str) -> Any:  # noqa: ANN401
    """The value of a file, whose ending names its format."""
    if name.endswith(".toml"):
        return _parse_toml(content, name)
    parse = tools.parse_json if name.endswith(".json") else tools.parse_yaml
    return parse(content, name)


def _parse_toml(content: bytes | str, name: str, first_line: int = 1) -> Any:  # noqa: ANN401  # TOML
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        return tomllib.loads(text.replace("\r\n", "\n"))
    except UnicodeError:
        advice = advice_on(content) if isinstance(content, bytes) else ""
        raise UnreadableSourceError(name, f"{name} is not UTF-8.{advice}") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) + first_line - 1 if found else first_line
        reason = str(error).partition(" (at")[0][:100]
        raise UnreadableSourceError(
            f"{name}: line {line}", f"{name}: line {line}: {reason}."
        ) from None


def base_url(settings: Mapping[str, Any]) -> str:
    """The address of the site; empty when the settings have none."""
    found = str(settings.get("baseurl") or "")
    return found if found.startswith(("http://", "https://")) else ""


def language_tag(code: str) -> str:
    """The language tag of a `languageCode`: without its region, where that makes no difference."""
    tag = code.strip().lower().replace("_", "-")
    return _TAGS.get(tag, tag.partition("-")[0]) or "en"


def parse_front_matter(tools: ImportTools, path: str, content: bytes) -> FrontMatter:
    """The front matter and the text of a page. Raises InvalidError naming file and line."""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeError:
        raise UnreadableSourceError(path, f"{path} is not UTF-8.{advice_on(content)}") from None
    found = _FRONT.match(text) or _JSON_FRONT.match(text)
    if found is None:
        raise UnreadableSourceError(path, f"{path}: line 1: there is no front matter.")
    if found[1] == "+++":
        fields = _parse_toml(found[2], path, 2)
    elif found[1] == "{":
        fields = tools.parse_json(f"{{{found[2]}}}", path)
    else:
        fields = tools.parse_yaml(found[2], path, first_line=2)
    if not isinstance(fields, dict):
        raise UnreadableSourceError(path, f"{path}: line 2: the front matter must be an object.")
    lines = {
        name[1].lower(): number
        for number, line in enumerate(found[2].split("\n"), 2)
        if (name := re.match(r"\s*[\"']?([A-Za-z]+)[\"']?\s*[:=]", line))
    }
    return FrontMatter(in_lower_case(fields), lines, text[found.end() :])


def in_lower_case(fields: Mapping[object, Any]) -> dict[str, Any]:
    """The fields with their names in lower case."""
    return {str(name).lower(): value for name, value in fields.items()}


def permalink(page: HugoPage, pattern: str | None) -> str | None:
    """The path of a page, by the pattern of its section; None for a pattern with unknown parts."""
    path = PurePosixPath(page.ref)
    is_bundle = path.stem == "index"
    stem = path.parent.name if is_bundle else path.stem
    folder = path.parent.parent if is_bundle else path.parent
    if pattern is None:
        return f"/{_urlize(folder.as_posix())}/{_urlize(page.slug or stem)}/"
    values = {
        "year": f"{page.at:%Y}",
        "month": f"{page.at:%m}",
        "day": f"{page.at:%d}",
        "slug": _urlize(page.slug or page.title or stem),
        "title": _urlize(page.title),
        "filename": _urlize(stem),
        "contentbasename": _urlize(stem),
        "section": path.parts[0],
    }
    if not set(re.findall(r":([a-z]+)", pattern)) <= values.keys():
        return None
    return re.sub(r":([a-z]+)", lambda found: values[found[1]], pattern)


def _urlize(title: str) -> str:
    """A title or file name as Hugo writes it in a URL (common/paths/path.go, Sanitize)."""
    kept = _DROPPED.sub("", title.lower())
    return re.sub(r"\s+", "-", _BESIDE_HYPHEN.sub("", kept.strip()))
