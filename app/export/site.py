"""All pages of the site in all languages, as the export renders them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from app.domain.page.pages import PageFacts
from app.export.fingerprint import fingerprint
from app.export.page_file import ExportedPage, is_archive
from app.i18n.languages import SOURCE
from app.usecases.context import Ctx
from app.usecases.public import history, pages
from app.web import formats, public
from app.web.formats.security_txt import SecurityText
from app.web.page_cache.renderer import page_meta
from app.web.page_cache.static_files import StaticFile
from app.web.page_cache.surface import HTML, NO_LANGUAGE, Surface, Variant
from app.web.page_cache.surface_urls import PathParams

__all__ = ["STATIC_KIND", "Site"]

STATIC_KIND = "fixed"

# Servers without redirects offer the incident's page at its short URL too.
_SHORT = {"/incidents/{public_id}": "/i/{public_id}"}
# Pages of unchanged data contain relative times ("3 days ago"), so they are rendered hourly.
_MAX_AGE = timedelta(hours=1)
# Surfaces that render one record share it; this bounds the memory.
_MOST_RECORDS = 500
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Rendered:
    fingerprint: bytes
    at: datetime


class Site:
    """The pages of the site, ordered so that a page comes before those that link to it.

    From the second export on, the page of a single incident, maintenance or service is rendered
    only if its record has changed: a change does not render years of history again.

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
        self._surfaces = sorted(
            surfaces, key=lambda each: ("{" not in each.path, each.content_type == HTML)
        )
        self._rendered: dict[tuple[str, ...], _Rendered] = {}
        self._records: dict[Any, Any] = {}
        self.facts: PageFacts
        self.until = _ANY_TIME

    def pages(self, ctx: Ctx) -> list[ExportedPage]:
        """The current pages, to be rendered while `ctx` is open.

        After rendering, `until` is the time at which the clock alone changes one of the pages
        that are lists.
        """
        self._records.clear()
        self.until = ctx.now + _MAX_AGE
        contents = history.site_contents(ctx)
        facts = self.facts = pages.facts(ctx, self._base_url)
        exported = [
            _static_page(each) for each in (*public.static_files(), *formats.static_files())
        ]
        security = self._security and self._security.file(ctx.now)
        if security:
            exported.append(_static_page(security))
        for surface in self._surfaces:
            for named in surface.every(contents):
                exported += self._pages_at(ctx, surface, named, facts)
        return exported

    def forget(self) -> None:
        """Render everything the next time: the rendered pages may not have been written."""
        self._rendered.clear()

    def _pages_at(
        self, ctx: Ctx, surface: Surface, named: PathParams, facts: PageFacts
    ) -> Iterator[ExportedPage]:
        for variant in _variants(surface, facts.languages):
            yield ExportedPage(
                kind=surface.path,
                key=_key(surface, named, variant),
                plain=tuple(_plain(surface, named, variant, facts.default_language)),
                meta=page_meta(surface, variant),
                body=partial(self._body, ctx, surface, named, variant),
                archive=is_archive(surface),
            )

    def _body(
        self, ctx: Ctx, surface: Surface, named: PathParams, variant: Variant
    ) -> bytes | None:
        record = self._record(ctx, surface.read, named)
        address = (surface.path, variant.key.decode(), *named.values())
        # Images have no relative times, so they do not age.
        max_age = timedelta.max if surface.content_type.startswith("image/") else _MAX_AGE
        if named and self._is_unchanged(address, record, ctx.now, max_age):
            return None
        if not named:
            self.until = min(self.until, surface.expires_at(record))
        return surface.render(record, variant)

    def _record(self, ctx: Ctx, read: Callable[..., Any], named: PathParams) -> Any:  # noqa: ANN401
        key = (read, *named.values())
        if key not in self._records:
            while len(self._records) >= _MOST_RECORDS:
                del self._records[next(iter(self._records))]
            record = read(ctx, base_url=self._base_url, **named)
            page = replace(
                record.page, share_pictures=self._share_pictures, markdown_pages=self._markdown
            )
            self._records[key] = replace(record, page=page)
        return self._records[key]

    def _is_unchanged(
        self,
        address: tuple[str, ...],
        record: Any,  # noqa: ANN401  # every record has its page
        now: datetime,
        max_age: timedelta,
    ) -> bool:
        """Whether the record is that of a rendering less than `max_age` ago."""
        current = fingerprint(record)
        former = self._rendered.get(address)
        if former and former.fingerprint == current and now - former.at < max_age:
            return True
        self._rendered[address] = _Rendered(current, now)
        return False


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
