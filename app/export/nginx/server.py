"""nginx configuration with which an exported folder is served as by the application.

`http.conf` is included in the `http` block, `server.conf` in a `server` block.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.domain.page.pages import PageFacts
from app.export.nginx.maps import language_maps, map_block
from app.export.page_file import ARCHIVE_CODING, SUFFIXES, is_archive
from app.i18n.languages import SOURCE
from app.web import formats, public
from app.web.formats import security_txt
from app.web.formats.cors import CORS_HEADERS, PREFLIGHT_HEADERS
from app.web.formats.plain_text_accept import TEXT_CACHING, TEXT_FILES, vary_with_accept
from app.web.page_cache.static_files import StaticFile
from app.web.page_cache.stored_page import VARY_ENCODING, VARY_LANGUAGE, PageMeta, shared_headers
from app.web.page_cache.surface import HTML, PAGE_CACHE_CONTROL, Surface
from app.web.security import HEADERS, STRICT_TRANSPORT

__all__ = ["http_conf", "server_conf"]

_LANGUAGE, _VARY = "$fyr_language", "$fyr_vary"
_FORM, _ARCHIVE_FORM = "$fyr_form", "$fyr_archive_form"
# Patterns for the names of the content codings, in order of preference.
_ENCODINGS = {"br": r"(?:br|\*)", "zstd": "zstd", "gzip": "(?:x-)?gzip"}
_PREFLIGHT, _TEXT, _MARKDOWN = 418, 419, 420
_FIRST = "index.html"
_WEIGHED = r"\s*(?:;\s*q\s*=\s*(?:1|0\.[0-9]*[1-9])|,|$)"


@dataclass(frozen=True, slots=True)
class _LocationKind:
    """Properties of the surfaces that share a location block; file names end with `ending`."""

    meta: PageMeta
    machine_format: bool
    language_prefixed: bool
    localized: bool
    ending: str
    archive: bool


def http_conf(facts: PageFacts) -> str:
    """Maps for negotiation: the language, the content coding, and plain text instead of HTML."""
    tags = "|".join(facts.languages)
    machine_languages = tuple(dict.fromkeys([*facts.languages, SOURCE]))
    coded = {r"~\.br$": "br", r"~\.zst$": "zstd", r"~\.gz$": "gzip"}
    return "\n".join(
        [
            "# Written by `fyr export`. Include this in nginx's http block.",
            map_block("$uri", "$fyr_tag", {f"~^/(?P<fyr_t>{tags})(?:/|$)": "$fyr_t"}),
            map_block("$uri", "$fyr_rest", {f"~^/(?:{tags})(?P<fyr_r>/.*)$": "$fyr_r"}, "$uri"),
            map_block("$uri", "$fyr_elsewhere", _redirects(facts.languages)),
            map_block("$fyr_tag", _VARY, {"": VARY_LANGUAGE}, VARY_ENCODING),
            map_block("$http_accept_encoding", _FORM, _encodings(*_ENCODINGS)),
            map_block("$http_accept_encoding", _ARCHIVE_FORM, _encodings(ARCHIVE_CODING)),
            map_block("$uri", "$fyr_coding", coded),
            # A header with an empty value is not sent.
            map_block("$uri", "$fyr_strict_transport", {}, _strict_transport(facts.base_url)),
            map_block("$http_accept", "$fyr_text", _text_kinds()),
            language_maps("", facts.languages, facts.default_language),
            map_block("$fyr_tag", _LANGUAGE, {"": "$fyr_wished"}, "$fyr_tag"),
            language_maps("wire_", machine_languages, SOURCE),
            # Fixed strings are translated only when the URL names a language.
            map_block(
                "$fyr_wire_asked", "$fyr_wire_folder", {"": "$fyr_wire_wished~"}, "$fyr_wire_asked"
            ),
        ]
    )


def server_conf(root: Path, facts: PageFacts) -> str:
    """Location blocks with the headers of each kind of page."""
    surfaces = (*formats.SURFACES, *public.SURFACES)
    kinds: dict[_LocationKind, list[Surface]] = {}
    for each in surfaces:
        kinds.setdefault(_kind_of(each), []).append(each)
    locations = [_location(kind, found, facts) for kind, found in kinds.items()]
    locations += [
        _static_location(each)
        for each in (*public.static_files(), *formats.static_files(), security_txt.EMPTY_FILE)
    ]
    missing = replace(_meta(public.NOT_FOUND), language=_LANGUAGE)
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
            _short_url(facts.default_language),
            *locations,
            "",
        ]
    )


# -- negotiation --------------------------------------------------------------------------------


def _redirects(languages: Sequence[str]) -> dict[str, str]:
    """Redirects to the lower-case tag, and to the first page's trailing slash."""
    cases = {f"~^/(?:{'|'.join(languages)})/": ""}
    for number, tag in enumerate(languages):
        cases[f"~*^/{tag}/?$"] = f"/{tag}/"
        cases[f"~*^/{tag}(?P<fyr_e{number}>/.+)$"] = f"/{tag}$fyr_e{number}"
    return cases


def _encodings(*codings: str) -> dict[str, str]:
    """File name suffix for Accept-Encoding, in order of preference."""
    return {rf"~*(?:^|,)\s*{_ENCODINGS[each]}{_WEIGHED}": SUFFIXES[each] for each in codings}


def _text_kinds() -> dict[str, str]:
    kinds = {rf"~*(?:^|,)\s*{re.escape(kind)}{_WEIGHED}": name for kind, name in TEXT_FILES.items()}
    return {"~*text/html": "", **kinds}


# -- locations ----------------------------------------------------------------------------------


def _meta(surface: Surface) -> PageMeta:
    return PageMeta(
        surface.content_type, "", surface.cache_control, surface.headers, surface.status
    )


def _kind_of(surface: Surface) -> _LocationKind:
    ending = ".html" if surface.content_type == HTML else ""
    ending = _FIRST if surface.path == "/" else ending
    return _LocationKind(
        _meta(surface),
        surface.machine_format,
        surface.language_prefixed,
        surface.localized,
        ending,
        is_archive(surface),
    )


def _location(kind: _LocationKind, surfaces: Sequence[Surface], facts: PageFacts) -> str:
    """Location block for the surfaces of one kind."""
    tag = f"(?:/(?i:{'|'.join(facts.languages)}))?" if kind.language_prefixed else ""
    paths = "|".join(sorted({_pattern(each.path) for each in surfaces}))
    if not kind.localized:
        return _block(f'~ "^(?:{paths})$"', kind.meta, VARY_ENCODING, _try("$uri"))
    lines = []
    if kind.language_prefixed:
        lines.append("if ($fyr_elsewhere) { return 308 $fyr_elsewhere$is_args$args; }")
    if set(CORS_HEADERS.items()) <= set(kind.meta.headers):
        lines.append(_internal_redirect(_PREFLIGHT, "@fyr_preflight", "$request_method = OPTIONS"))
    if kind.ending == _FIRST:
        lines += [
            _internal_redirect(number, _location_name(each), f"$fyr_text = {TEXT_FILES[each]}")
            for number, each in zip((_TEXT, _MARKDOWN), TEXT_FILES, strict=True)
        ]
        paths, file = "/?", f"/{_FIRST}"
    else:
        file = f"$fyr_rest{kind.ending}"
    folder = "$fyr_wire_folder" if kind.machine_format else _LANGUAGE
    meta = replace(kind.meta, language="$fyr_wire_wished" if kind.machine_format else _LANGUAGE)
    vary = _VARY if kind.language_prefixed else VARY_LANGUAGE
    form = _ARCHIVE_FORM if kind.archive else _FORM
    found = _try(f"/{folder}{file}", form)
    return _block(f'~ "^{tag}(?:{paths})$"', meta, vary, *lines, found)


def _static_location(file: StaticFile) -> str:
    """Location of a file without language; assets match under the hash of any release."""
    if file.fallback_prefix:
        name = "@fyr_beneath" + re.sub(r"\W", "_", file.fallback_prefix.rstrip("/"))
        missing = _block(name, file.meta, VARY_ENCODING, _try(file.path))
        lines = [f"error_page 404 {name};", "return 404;"]
        return "\n".join([_braced(f'~ "^{re.escape(file.fallback_prefix)}"', lines), missing])
    asset = re.fullmatch(r"/static/[0-9a-f]+/(.+)", file.path)
    where = f'~ "^/static/[0-9a-f]+/{re.escape(asset[1])}$"' if asset else f"= {file.path}"
    lines = []
    if set(CORS_HEADERS.items()) <= set(file.headers):
        lines.append(_internal_redirect(_PREFLIGHT, "@fyr_preflight", "$request_method = OPTIONS"))
    return _block(where, file.meta, VARY_ENCODING, *lines, _try("$uri"))


def _text(kind: str) -> str:
    """The first page as plain text or Markdown, negotiated by Accept."""
    (surface,) = (each for each in formats.SURFACES if each.path == f"/{TEXT_FILES[kind]}")
    meta = replace(_meta(surface), language=_LANGUAGE, cache_control=TEXT_CACHING)
    return _block(
        _location_name(kind),
        meta,
        vary_with_accept(_VARY),
        _try(f"/{_LANGUAGE}/{TEXT_FILES[kind]}"),
    )


def _location_name(kind: str) -> str:
    return f"@fyr_{kind.replace('/', '_')}"


def _preflight() -> str:
    return _braced("@fyr_preflight", [*_headers({**HEADERS, **PREFLIGHT_HEADERS}), "return 204;"])


def _short_url(default: str) -> str:
    """Redirect from an incident's short URL, if the incident exists."""
    found = f"$document_root/{default}/incidents/$fyr_id.html"
    headers = {"Cache-Control": PAGE_CACHE_CONTROL, **HEADERS}
    redirect = f"if (-f {found}) {{ return 302 /incidents/$fyr_id; }}"
    return _braced('~ "^/i/(?P<fyr_id>[a-z0-9]+)$"', [*_headers(headers), redirect, "return 404;"])


# -- nginx syntax ------------------------------------------------------------------------------


def _pattern(path: str) -> str:
    """Pattern for the URLs of a surface; placeholders contain no dot."""
    parts = re.split(r"\{\w+\}", path)
    return "[^/.]+".join(re.escape(part) for part in parts)


def _internal_redirect(status: int, location: str, condition: str) -> str:
    return f"error_page {status} = {location}; if ({condition}) {{ return {status}; }}"


def _try(file: str, form: str = _FORM) -> str:
    return f"try_files {file}{form} {file} =404;"


def _headers(headers: Mapping[str, str], status: int = 200) -> list[str]:
    # Without `always` on success: nginx's own error pages have no coding and must not be cached.
    end = " always" if status >= 400 else ""
    every = {**headers, **dict.fromkeys(STRICT_TRANSPORT, "$fyr_strict_transport")}
    return [f'add_header {name} "{value}"{end};' for name, value in every.items()]


def _strict_transport(base_url: str) -> str:
    (value,) = STRICT_TRANSPORT.values()
    return value if base_url.startswith("https://") else ""


def _block(where: str, meta: PageMeta, vary: str, *lines: str) -> str:
    shared = shared_headers(meta, vary).headers
    headers = {name.decode(): value.decode() for name, value in shared}
    content_type = headers.pop("content-type")
    encoded = {**headers, "content-encoding": "$fyr_coding"}
    return _braced(
        where,
        [*lines, f'types {{ }} default_type "{content_type}";', *_headers(encoded, meta.status)],
    )


def _braced(where: str, lines: Iterable[str]) -> str:
    return "\n".join([f"location {where} {{", *(f"    {line}" for line in lines), "}"])
