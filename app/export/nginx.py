"""What nginx is told, so that it serves an exported folder as we would.

`http.conf` belongs into its `http` block, `server.conf` into a `server` block.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.domain.page.pages import PageFacts
from app.export.language_regex import accept_language_pattern, language_patterns
from app.export.page_file import SUFFIXES
from app.i18n.languages import SOURCE
from app.web import formats, public
from app.web.formats.cors import CORS_HEADERS, PREFLIGHT_HEADERS
from app.web.formats.plain_text_accept import TEXT_CACHING, TEXT_FILES, vary_with_accept
from app.web.page_cache.static_files import StaticFile
from app.web.page_cache.stored_page import VARY_ENCODING, VARY_LANGUAGE, PageMeta, shared_headers
from app.web.page_cache.surface import HTML, PAGE_CACHE_CONTROL, Surface
from app.web.security import HEADERS

__all__ = ["http_conf", "server_conf"]

_LANGUAGE, _VARY = "$fyr_language", "$fyr_vary"
_PREFLIGHT, _TEXT, _MARKDOWN = 418, 419, 420
_FIRST = "index.html"
_WEIGHED = r"\s*(?:;\s*q\s*=\s*(?:1|0\.[0-9]*[1-9])|,|$)"


@dataclass(frozen=True, slots=True)
class _Kind:
    """What addresses that share a block have in common; the file's name has that `ending`."""

    look: PageMeta
    machine_format: bool
    language_prefixed: bool
    localized: bool
    ending: str


def http_conf(facts: PageFacts) -> str:
    """The decisions: which language, which coding, whether text is wanted."""
    tags = "|".join(facts.languages)
    wire = tuple(dict.fromkeys([*facts.languages, SOURCE]))
    coded = {r"~\.br$": "br", r"~\.zst$": "zstd", r"~\.gz$": "gzip"}
    return "\n".join(
        [
            "# Written by `fyr export`. Include this in nginx's http block.",
            _map("$uri", "$fyr_tag", {f"~^/(?P<fyr_t>{tags})(?:/|$)": "$fyr_t"}),
            _map("$uri", "$fyr_rest", {f"~^/(?:{tags})(?P<fyr_r>/.*)$": "$fyr_r"}, "$uri"),
            _map("$uri", "$fyr_elsewhere", _elsewhere(facts.languages)),
            _map("$fyr_tag", _VARY, {"": VARY_LANGUAGE}, VARY_ENCODING),
            _map("$http_accept_encoding", "$fyr_form", _forms()),
            _map("$uri", "$fyr_coding", coded),
            _map("$http_accept", "$fyr_text", _texts()),
            _languages("", facts.languages, facts.default_language),
            _map("$fyr_tag", _LANGUAGE, {"": "$fyr_wished"}, "$fyr_tag"),
            _languages("wire_", wire, SOURCE),
            # Only who names a language in the address gets fixed words in it.
            _map(
                "$fyr_wire_asked", "$fyr_wire_folder", {"": "$fyr_wire_wished~"}, "$fyr_wire_asked"
            ),
        ]
    )


def server_conf(root: Path, facts: PageFacts) -> str:
    """The addresses, with the headers of each kind."""
    surfaces = (*formats.SURFACES, *public.SURFACES)
    kinds: dict[_Kind, list[Surface]] = {}
    for each in surfaces:
        kinds.setdefault(_kind_of(each), []).append(each)
    places = [_kind(kind, found, facts) for kind, found in kinds.items()]
    places += [_fixed(each) for each in (*public.static_files(), *formats.static_files())]
    missing = replace(_look(public.NOT_FOUND), language=_LANGUAGE)
    return "\n".join(
        [
            "# Written by `fyr export`. Include this in an nginx server block.",
            f'root "{root}";',
            "etag on; gzip off; max_ranges 0; absolute_redirect off; server_tokens off;",
            "error_page 404 @fyr_missing;",
            "location / { return 404; }",
            _block("@fyr_missing", missing, VARY_LANGUAGE, _try("/$fyr_language/404.html")),
            *(_text(kind) for kind in TEXT_FILES),
            _preflight(),
            _short(facts.default_language),
            *places,
            "",
        ]
    )


# -- decisions ---------------------------------------------------------------------------------


def _map(source: str, name: str, cases: Mapping[str, str], default: str = "") -> str:
    lines = [f'    "{case}" "{value}";' for case, value in cases.items()]
    return "\n".join([f"map {source} {name} {{", *lines, f'    default "{default}";', "}"])


def _languages(kind: str, languages: Sequence[str], default: str) -> str:
    """`$fyr_asked` is the language named in the query, `$fyr_wished` that or the browser's."""
    cases = {f"~*{pattern}": tag for pattern, tag in language_patterns(languages)}
    ours = accept_language_pattern(languages, f"fyr_{kind}r")
    names = {
        name: f"$fyr_{kind}{name}" for name in ("lang", "asked", "range", "accepted", "wished")
    }
    return "\n".join(
        [
            _map("$arg_lang", names["lang"], cases),
            _map("$arg_locale", names["asked"], cases, names["lang"]),
            _map("$http_accept_language", names["range"], {f"~*{ours}": f"$fyr_{kind}r"}),
            _map(names["range"], names["accepted"], cases, default),
            _map(names["asked"], names["wished"], {"": names["accepted"]}, names["asked"]),
        ]
    )


def _elsewhere(languages: Sequence[str]) -> dict[str, str]:
    """Where a tag in capitals leads, and one without its slash."""
    cases = {f"~^/(?:{'|'.join(languages)})/": ""}
    for number, tag in enumerate(languages):
        cases[f"~*^/{tag}/?$"] = f"/{tag}/"
        cases[f"~*^/{tag}(?P<fyr_e{number}>/.+)$"] = f"/{tag}$fyr_e{number}"
    return cases


def _forms() -> dict[str, str]:
    """The end of the file's name for who takes a coding, in the order of our preference."""
    names = {"br": r"(?:br|\*)", "zstd": "zstd", "gzip": "(?:x-)?gzip"}
    return {rf"~*(?:^|,)\s*{name}{_WEIGHED}": SUFFIXES[coding] for coding, name in names.items()}


def _texts() -> dict[str, str]:
    kinds = {rf"~*(?:^|,)\s*{re.escape(kind)}{_WEIGHED}": name for kind, name in TEXT_FILES.items()}
    return {"~*text/html": "", **kinds}


# -- addresses ---------------------------------------------------------------------------------


def _look(surface: Surface) -> PageMeta:
    return PageMeta(
        surface.content_type, "", surface.cache_control, surface.headers, surface.status
    )


def _kind_of(surface: Surface) -> _Kind:
    ending = ".html" if surface.content_type == HTML else ""
    ending = _FIRST if surface.path == "/" else ending
    return _Kind(
        _look(surface), surface.machine_format, surface.language_prefixed, surface.localized, ending
    )


def _kind(kind: _Kind, surfaces: Sequence[Surface], facts: PageFacts) -> str:
    """The block for the surfaces of one kind."""
    tag = f"(?:/(?i:{'|'.join(facts.languages)}))?" if kind.language_prefixed else ""
    paths = "|".join(sorted({_pattern(each.path) for each in surfaces}))
    if not kind.localized:
        return _block(f'~ "^(?:{paths})$"', kind.look, VARY_ENCODING, _try("$uri"))
    lines = []
    if kind.language_prefixed:
        lines.append("if ($fyr_elsewhere) { return 308 $fyr_elsewhere$is_args$args; }")
    if set(CORS_HEADERS.items()) <= set(kind.look.headers):
        lines.append(_goes(_PREFLIGHT, "@fyr_preflight", "$request_method = OPTIONS"))
    if kind.ending == _FIRST:
        lines += [
            _goes(number, _place_of(each), f"$fyr_text = {TEXT_FILES[each]}")
            for number, each in zip((_TEXT, _MARKDOWN), TEXT_FILES, strict=True)
        ]
        paths, file = "/?", f"/{_FIRST}"
    else:
        file = f"$fyr_rest{kind.ending}"
    folder = "$fyr_wire_folder" if kind.machine_format else _LANGUAGE
    look = replace(kind.look, language="$fyr_wire_wished" if kind.machine_format else _LANGUAGE)
    vary = _VARY if kind.language_prefixed else VARY_LANGUAGE
    return _block(f'~ "^{tag}(?:{paths})$"', look, vary, *lines, _try(f"/{folder}{file}"))


def _fixed(fixed: StaticFile) -> str:
    """The block of what has no language; other releases' files of the same name count too."""
    if fixed.fallback_prefix:
        name = "@fyr_beneath" + re.sub(r"\W", "_", fixed.fallback_prefix.rstrip("/"))
        inside = _block(name, fixed.meta, VARY_ENCODING, _try(fixed.path))
        lines = [f"error_page 404 {name};", "return 404;"]
        return "\n".join([_braced(f'~ "^{re.escape(fixed.fallback_prefix)}"', lines), inside])
    asset = re.fullmatch(r"/static/[0-9a-f]+/(.+)", fixed.path)
    where = f'~ "^/static/[0-9a-f]+/{re.escape(asset[1])}$"' if asset else f"= {fixed.path}"
    before = []
    if set(CORS_HEADERS.items()) <= set(fixed.headers):
        before.append(_goes(_PREFLIGHT, "@fyr_preflight", "$request_method = OPTIONS"))
    return _block(where, fixed.meta, VARY_ENCODING, *before, _try("$uri"))


def _text(kind: str) -> str:
    """The first page for who asks for text."""
    (surface,) = (each for each in formats.SURFACES if each.path == f"/{TEXT_FILES[kind]}")
    look = replace(_look(surface), language=_LANGUAGE, cache_control=TEXT_CACHING)
    return _block(
        _place_of(kind), look, vary_with_accept(_VARY), _try(f"/{_LANGUAGE}/{TEXT_FILES[kind]}")
    )


def _place_of(kind: str) -> str:
    return f"@fyr_{kind.replace('/', '_')}"


def _preflight() -> str:
    return _braced("@fyr_preflight", [*_headers({**HEADERS, **PREFLIGHT_HEADERS}), "return 204;"])


def _short(default: str) -> str:
    """The short address of an incident leads to it when there is one."""
    found = f"$document_root/{default}/incidents/$fyr_id.html"
    headers = {"Cache-Control": PAGE_CACHE_CONTROL, **HEADERS}
    goes = f"if (-f {found}) {{ return 302 /incidents/$fyr_id; }}"
    return _braced('~ "^/i/(?P<fyr_id>[a-z0-9]+)$"', [*_headers(headers), goes, "return 404;"])


# -- how nginx writes it -----------------------------------------------------------------------


def _pattern(path: str) -> str:
    """The addresses of a surface; no name in one of ours has a dot."""
    parts = re.split(r"\{\w+\}", path)
    return "[^/.]+".join(re.escape(part) for part in parts)


def _goes(status: int, place: str, condition: str) -> str:
    return f"error_page {status} = {place}; if ({condition}) {{ return {status}; }}"


def _try(file: str) -> str:
    return f"try_files {file}$fyr_form {file} =404;"


def _headers(headers: Mapping[str, str], status: int = 200) -> list[str]:
    # Not on whatever else nginx may have to say there: that has no coding, and is not to be kept.
    end = " always" if status >= 400 else ""
    return [f'add_header {name} "{value}"{end};' for name, value in headers.items()]


def _block(where: str, look: PageMeta, vary: str, *lines: str) -> str:
    told = {name.decode(): value.decode() for name, value in shared_headers(look, vary).headers}
    kind = told.pop("content-type")
    coded = {**told, "content-encoding": "$fyr_coding"}
    return _braced(
        where, [*lines, f'types {{ }} default_type "{kind}";', *_headers(coded, look.status)]
    )


def _braced(where: str, lines: Iterable[str]) -> str:
    return "\n".join([f"location {where} {{", *(f"    {line}" for line in lines), "}"])
