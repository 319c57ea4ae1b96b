"""Every page of every language: what an export holds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

from app.domain.page.pages import PageFacts
from app.export.page_file import ExportedPage
from app.i18n.languages import SOURCE
from app.usecases.context import Ctx
from app.usecases.public import history, pages
from app.web import formats, public
from app.web.page_cache.renderer import page_meta
from app.web.page_cache.static_files import StaticFile
from app.web.page_cache.surface import HTML, NO_LANGUAGE, Surface, Variant
from app.web.page_cache.surface_urls import PathParams

__all__ = ["FIXED_CHAPTER", "Site"]

FIXED_CHAPTER = "fixed"

# Who negotiates nothing finds the page of an incident here too.
_SHORT = {"/incidents/{public_id}": "/i/{public_id}"}
# A page of unchanged data says "3 days ago": it is looked at again now and then all the same.
_LEISURE = timedelta(hours=1)
# Kinds of pages that show the same record differently share it, as far as memory goes.
_MOST_RECORDS = 500
_SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Seen:
    fingerprint: bytes
    at: datetime


class Site:
    """The leaves of the site, pages before the pages that lead to them.

    Asked again, it gives no bytes for a page of one thing whose record is as it was: a site with
    years of history is not rendered anew for each word.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        surfaces = (public.NOT_FOUND, *public.SURFACES, *formats.SURFACES)
        # What is of one thing alone, stylesheets first, before what leads to everything.
        self._surfaces = sorted(
            surfaces, key=lambda each: ("{" not in each.path, each.content_type == HTML)
        )
        self._seen: dict[tuple[str, ...], _Seen] = {}
        self._records: dict[Any, Any] = {}
        self.facts: PageFacts
        self.until = _SOME_TIME

    def leaves(self, ctx: Ctx) -> list[ExportedPage]:
        """What there is now. To be rendered while `ctx` lasts; `until` is then when the clock
        alone changes a page that is kept ready.
        """
        self._records.clear()
        self.until = ctx.now + _LEISURE
        contents = history.site_contents(ctx)
        facts = self.facts = pages.facts(ctx, self._base_url)
        leaves = [_fixed_leaf(each) for each in (*public.static_files(), *formats.static_files())]
        for surface in self._surfaces:
            for named in surface.every(contents):
                leaves += self._of_address(ctx, surface, named, facts)
        return leaves

    def forget(self) -> None:
        """Give bytes for everything the next time: what was given may not have arrived."""
        self._seen.clear()

    def _of_address(
        self, ctx: Ctx, surface: Surface, named: PathParams, facts: PageFacts
    ) -> Iterator[ExportedPage]:
        for variant in _variants(surface, facts.languages):
            yield ExportedPage(
                chapter=surface.path,
                key=_key(surface, named, variant),
                plain=tuple(_plain(surface, named, variant, facts.default_language)),
                look=page_meta(surface, variant),
                body=partial(self._body, ctx, surface, named, variant),
            )

    def _body(
        self, ctx: Ctx, surface: Surface, named: PathParams, variant: Variant
    ) -> bytes | None:
        record = self._record(ctx, surface.read, named)
        address = (surface.path, variant.key.decode(), *named.values())
        if named and self._is_as_it_was(address, record, ctx.now):
            return None
        if not named:
            self.until = min(self.until, surface.expires_at(record))
        return surface.render(record, variant)

    def _record(self, ctx: Ctx, read: Callable[..., Any], named: PathParams) -> Any:  # noqa: ANN401
        key = (read, *named.values())
        if key not in self._records:
            while len(self._records) >= _MOST_RECORDS:
                del self._records[next(iter(self._records))]
            self._records[key] = read(ctx, base_url=self._base_url, **named)
        return self._records[key]

    def _is_as_it_was(self, address: tuple[str, ...], record: Any, now: datetime) -> bool:  # noqa: ANN401
        """Whether this page was given within the hour, and its record has not changed since."""
        fingerprint = _fingerprint(record)
        seen = self._seen.get(address)
        if seen and seen.fingerprint == fingerprint and now - seen.at < _LEISURE:
            return True
        self._seen[address] = _Seen(fingerprint, now)
        return False


def _fingerprint(record: Any) -> bytes:  # noqa: ANN401  # every record has its page
    still = replace(record.page, now=_SOME_TIME, updated_at=_SOME_TIME, revision=0)
    return sha256(repr(replace(record, page=still)).encode()).digest()


def _fixed_leaf(fixed: StaticFile) -> ExportedPage:
    return ExportedPage(FIXED_CHAPTER, fixed.path, (fixed.path,), fixed.meta, lambda: fixed.body)


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
        # It stands wherever there is nothing; this is where servers look for it.
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
