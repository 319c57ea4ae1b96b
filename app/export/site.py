"""All pages of the site in all languages, as the export renders them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

from app.domain.page.pages import PageFacts, SiteContents
from app.export.fingerprint import fingerprint
from app.export.page_file import ExportedPage, is_archive
from app.export.release import release_digest
from app.export.scope import EVERY_PAGE, Scope
from app.i18n.languages import SOURCE
from app.usecases.context import Ctx
from app.usecases.public import history, pages
from app.web import formats, public
from app.web.formats.security_txt import SecurityText
from app.web.page_cache.renderer import page_meta
from app.web.page_cache.static_files import StaticFile
from app.web.page_cache.surface import HTML, NO_LANGUAGE, Surface, Variant
from app.web.page_cache.surface_urls import PathParams, single_url

__all__ = ["STATIC_KIND", "Site"]

STATIC_KIND = "fixed"

# Servers without redirects offer the incident's page at its short URL too.
_SHORT = {"/incidents/{public_id}": "/i/{public_id}"}
# Pages of unchanged data contain relative times ("3 days ago"), so they are rendered hourly.
_MAX_AGE = timedelta(hours=1)
# Records of which all pages are rendered before the next ones are read.
_RECORDS_AT_ONCE = 25
# Surfaces that render one record share it; this bounds the memory. Surfaces with equal URLs read up
# to three records; one of a month holds all of its incidents, and 500 of them took 30 MB.
_MOST_RECORDS = 4 * _RECORDS_AT_ONCE
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)

# Surfaces that have equal URLs, and the function that lists these.
_Group = tuple[Callable[[SiteContents], Iterable[PathParams]], Sequence[Surface]]


@dataclass(frozen=True, slots=True)
class _Pages:
    """Pages that are listed anew each time, so that a long history does not fill the memory."""

    listed: Callable[[], Iterator[ExportedPage]]

    def __iter__(self) -> Iterator[ExportedPage]:
        return self.listed()


@dataclass(slots=True)
class _Record:
    """A record with the fingerprint of what its pages show, and pages that have several URLs."""

    content: Any
    fingerprint: bytes = b""
    bodies: dict[Any, bytes] = field(default_factory=dict)


class Site:
    """The pages of the site, ordered so that a page comes before those that link to it.

    The page of a single incident, maintenance or service has a state, by which an export knows
    without rendering that it is unchanged: a change does not render years of history again.

    Without `share_pictures` the pages name no pictures for link previews either, and without
    `markdown` the texts link to the pages of incidents and maintenances instead of their
    Markdown. `security` is written as `/.well-known/security.txt` if it has a contact.
    """

    def __init__(
        self,
        base_url: str,
        *,
        share_pictures: bool = True,
        markdown: bool = False,
        security: SecurityText | None = None,
    ) -> None:
        self._base_url = base_url
        self._security = security
        self._share_pictures = share_pictures
        self._markdown = markdown
        surfaces: tuple[Surface, ...] = (public.NOT_FOUND, *public.SURFACES, *formats.SURFACES)
        if not share_pictures:
            surfaces = tuple(each for each in surfaces if each.path not in public.SHARE_PICTURES)
        if not markdown:
            surfaces = tuple(each for each in surfaces if not _is_markdown_archive(each))
        # Pages of single items come before lists that link to them, and assets before HTML.
        self._groups = _grouped(
            sorted(surfaces, key=lambda each: ("{" not in each.path, each.content_type == HTML))
        )
        renderings = Counter(map(_rendering, surfaces))
        # What one URL is rendered to is that of another one too, such as the calendar.
        self._repeated = frozenset(each for each, number in renderings.items() if number > 1)
        self._records: dict[Any, _Record] = {}
        self.facts: PageFacts
        self.until = _ANY_TIME

    def pages(self, ctx: Ctx, scope: Scope = EVERY_PAGE) -> Iterable[ExportedPage]:
        """The current pages, to be rendered while `ctx` is open; they can be listed repeatedly.

        `scope` says which pages are listed, and which are taken as they were exported. After
        rendering, `until` is the time at which the clock alone changes one of the pages
        that are lists.
        """
        self._records.clear()
        self.until = ctx.now + _MAX_AGE
        contents = history.site_contents(ctx)
        self.facts = pages.facts(ctx, self._base_url)
        return _Pages(partial(self._list, ctx, contents, scope))

    def _list(self, ctx: Ctx, contents: SiteContents, scope: Scope) -> Iterator[ExportedPage]:
        yield from map(_static_page, (*public.static_files(), *formats.static_files()))
        security = self._security and self._security.file(ctx.now)
        if security:
            yield _static_page(security)
        for every, surfaces in self._groups:
            named = tuple(each for each in every(contents) if scope.lists(every, each))
            for start in range(0, len(named), _RECORDS_AT_ONCE):
                for surface in surfaces:
                    for each in named[start : start + _RECORDS_AT_ONCE]:
                        is_settled = scope.is_settled(every, each, contents)
                        yield from self._pages_at(ctx, surface, each, is_settled=is_settled)

    def _pages_at(
        self, ctx: Ctx, surface: Surface, named: PathParams, *, is_settled: bool
    ) -> Iterator[ExportedPage]:
        facts = self.facts
        for variant in _variants(surface, facts.languages):
            yield ExportedPage(
                kind=surface.path,
                key=_key(surface, named, variant),
                plain=tuple(_plain(surface, named, variant, facts.default_language)),
                meta=page_meta(surface, variant),
                body=partial(self._body, ctx, surface, named, variant),
                state=partial(self._state, ctx, surface, named),
                archive=is_archive(surface),
                is_settled=is_settled,
            )

    def _body(self, ctx: Ctx, surface: Surface, named: PathParams, variant: Variant) -> bytes:
        record = self._record(ctx, surface.read, named)
        if not named:
            self.until = min(self.until, surface.expires_at(record.content))
        if _rendering(surface) not in self._repeated:
            return surface.render(record.content, variant)
        key = (surface.render, variant)
        if key not in record.bodies:
            record.bodies[key] = surface.render(record.content, variant)
        return record.bodies[key]

    def _state(self, ctx: Ctx, surface: Surface, named: PathParams) -> str | None:
        if not named:
            return None
        record = self._record(ctx, surface.read, named)
        record.fingerprint = record.fingerprint or fingerprint(record.content)
        hour = b"" if _is_timeless(surface, record.content) else f"{ctx.now:%Y-%m-%dT%H}".encode()
        return sha256(release_digest() + record.fingerprint + hour).hexdigest()[:32]

    def _record(self, ctx: Ctx, read: Callable[..., Any], named: PathParams) -> _Record:
        key = (read, *named.values())
        if key not in self._records:
            while len(self._records) >= _MOST_RECORDS:
                del self._records[next(iter(self._records))]
            record = read(ctx, base_url=self._base_url, **named)
            page = replace(
                record.page, share_pictures=self._share_pictures, markdown_pages=self._markdown
            )
            self._records[key] = _Record(replace(record, page=page))
        return self._records[key]


def _grouped(surfaces: Iterable[Surface]) -> Sequence[_Group]:
    """The surfaces of equal URLs together, those without HTML and those of records first."""
    groups: dict[Callable[[SiteContents], Iterable[PathParams]], list[Surface]] = {}
    for each in surfaces:
        groups.setdefault(each.every, []).append(each)
    return sorted(
        groups.items(),
        key=lambda group: (
            group[0] is single_url,
            any(each.content_type == HTML for each in group[1]),
        ),
    )


def _rendering(surface: Surface) -> tuple[Callable[..., Any], Callable[..., Any]]:
    return surface.read, surface.render


def _is_timeless(surface: Surface, record: Any) -> bool:  # noqa: ANN401  # every record has a page
    """Whether the clock never changes the rendering: of a picture, or of a resolved incident."""
    if surface.content_type.startswith("image/"):
        return True
    incident = getattr(record, "incident", None)
    return incident is not None and not incident.is_open


def _is_markdown_archive(surface: Surface) -> bool:
    return is_archive(surface) and surface.path.endswith(".md")


def _static_page(file: StaticFile) -> ExportedPage:
    return ExportedPage(STATIC_KIND, file.path, (file.path,), file.meta, lambda: file.body)


def _variants(surface: Surface, languages: Sequence[str]) -> list[Variant]:
    if not surface.localized:
        return [NO_LANGUAGE]
    if not surface.machine_format:
        return [Variant(language) for language in languages]
    every = dict.fromkeys([*languages, SOURCE])
    return [Variant(language, explicit=asked) for language in every for asked in (True, False)]


def _key(surface: Surface, named: PathParams, variant: Variant) -> str:
    return variant.key.decode() + _address(surface, named)


def _address(surface: Surface, named: PathParams) -> str:
    if surface is public.NOT_FOUND:
        # Served at every unknown URL; static hosts expect this name.
        return "/404.html"
    return surface.path_for(named)


def _plain(surface: Surface, named: PathParams, variant: Variant, default: str) -> Iterator[str]:
    address = _address(surface, named)
    if not surface.localized:
        yield address
        return
    if surface.machine_format:
        if variant == Variant(SOURCE, explicit=False):
            yield address
        return
    if surface.language_prefixed or surface is public.NOT_FOUND:
        yield variant.key.decode() + address
    if variant.language == default:
        yield address
        if surface.path in _SHORT:
            yield _SHORT[surface.path].format_map(named)
