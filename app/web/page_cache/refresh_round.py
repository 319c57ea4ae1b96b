"""Renders hot pages again after a change: those in demand at once, the others at leisure."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from threading import get_native_id
from typing import Any

from app.domain.errors import UnavailableError
from app.domain.page.pages import OverviewPage, PageFacts
from app.i18n.languages import SOURCE
from app.usecases.context import Ctx
from app.usecases.public import pages as public_pages
from app.web.page_cache.renderer import PageRenderer, key_of
from app.web.page_cache.stored_page import StoredPage, polished
from app.web.page_cache.surface import HTML, WORDLESS, Surface, Variant

__all__ = ["RefreshRound"]

_FIRST_PAGE = "/"
# In Linux each thread has its own: sched(7).
_LOWEST_PRIORITY = 19
_A_MOMENT = 0.01


@dataclass(frozen=True, slots=True)
class _Hot:
    """The hot pages that show one record: what they are called, in which languages."""

    surface: Surface
    named: dict[str, str]
    variants: tuple[Variant, ...]

    def addresses(self) -> Iterator[bytes]:
        for variant in self.variants:
            yield key_of(self.surface, self.named, variant)


class RefreshRound:
    """One change after the other; a page that cannot be rendered stays as it was.

    `surfaces` tell by `hot` what is kept ready. Only one thread may call.
    """

    def __init__(self, renderer: PageRenderer, surfaces: Sequence[Surface]) -> None:
        self._library = renderer
        # Who reads comes before what programs read, and the first page before all.
        self._surfaces = sorted(
            surfaces, key=lambda each: (each.content_type != HTML, each.path != _FIRST_PAGE)
        )
        self._records: dict[Any, Any] = {}
        self._hot: list[_Hot] = []
        self._unhurried = ThreadPoolExecutor(1, "fyr-polish", initializer=_give_way)

    def close(self) -> None:
        """Let go of the thread."""
        self._unhurried.shutdown()

    def in_demand(self) -> Iterator[int]:
        """Renew what was asked for lately; yield the revision once when it is known which that is,
        and again when the pages that people read are renewed.

        What is hot and not in demand is from then on made when somebody asks, until `others` has
        been there. Raises UnavailableError.
        """
        renderer, store = self._library, self._library.store
        with renderer.reading() as ctx:
            epoch = store.epoch
            overview = public_pages.overview(ctx, renderer.base_url)
            yield overview.page.revision
            # Surfaces that show the same record differently share it.
            self._records = {public_pages.overview: overview}
            self._hot = list(self._all_hot(overview))
            wanted = list(self._wanted(overview.page))
            keys = [key for each in wanted for key in each.addresses()]
            people = [each for each in wanted if each.surface.content_type == HTML]
            for each in people:
                self._renew(ctx, each, epoch)
            store.keep_only(keys)
            yield overview.page.revision
            for each in wanted[len(people) :]:
                self._renew(ctx, each, epoch)

    def others(self) -> Iterator[None]:
        """Renew one page with each step until every hot one is ready, the oldest first."""
        renderer, store = self._library, self._library.store
        for each in sorted(self._hot, key=self._age):
            record = None
            for variant in each.variants:
                if store.keep(key_of(each.surface, each.named, variant)):
                    continue
                try:
                    if record is None:
                        with renderer.reading() as ctx:
                            epoch = store.epoch
                            record = self._read(ctx, each)
                    renderer.take_in(each.surface, each.named, variant, record, epoch, kept=True)
                except UnavailableError:
                    raise
                except Exception as error:  # noqa: BLE001  # the others have their turn
                    renderer.shout(key_of(each.surface, each.named, variant), error)
                yield

    def polish(self) -> Iterator[None]:
        """Make the brotli forms of hot pages as small as can be, whoever else needs the processor
        coming first; a step is a moment of waiting for that.
        """
        store = self._library.store
        for page in self.pages():
            if page.kept and not page.is_polished:
                smaller = self._unhurried.submit(polished, page)
                while not smaller.done():
                    wait([smaller], _A_MOMENT)
                    yield
                store.swap(page, smaller.result())

    def pages(self) -> tuple[StoredPage, ...]:
        """The hot pages as they are, however old."""
        found = (self._library.store.last(key) for each in self._hot for key in each.addresses())
        return tuple(page for page in found if page is not None)

    def _all_hot(self, overview: OverviewPage) -> Iterator[_Hot]:
        for surface in self._surfaces:
            variants = _variants(surface, overview.page)
            for named in surface.hot(overview):
                yield _Hot(surface, dict(named), variants)

    def _wanted(self, page: PageFacts) -> Iterator[_Hot]:
        asked = self._library.store.in_demand()
        for each in self._hot:
            variants = tuple(
                variant
                for variant, key in zip(each.variants, each.addresses(), strict=True)
                if key in asked or _comes_first(each.surface, variant, page)
            )
            if variants:
                yield _Hot(each.surface, each.named, variants)

    def _age(self, hot: _Hot) -> int:
        found = (self._library.store.last(key) for key in hot.addresses())
        return min((page.epoch for page in found if page is not None), default=-1)

    def _renew(self, ctx: Ctx, hot: _Hot, epoch: int) -> None:
        try:
            record = self._read(ctx, hot)
            for variant in hot.variants:
                self._library.take_in(hot.surface, hot.named, variant, record, epoch, kept=True)
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001  # one page must not take the others along
            self._library.shout(next(hot.addresses()), error)

    def _read(self, ctx: Ctx, hot: _Hot) -> Any:  # noqa: ANN401  # whatever the surface shows
        record = None if hot.named else self._records.get(hot.surface.read)
        if record is None:
            record = hot.surface.read(ctx, base_url=self._library.base_url, **hot.named)
        if not hot.named:
            self._records[hot.surface.read] = record
        return record


def _give_way() -> None:
    """Let every other thread come first. Only for work that holds no lock of Python's."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, get_native_id(), _LOWEST_PRIORITY)


def _comes_first(surface: Surface, variant: Variant, page: PageFacts) -> bool:
    return surface.path == _FIRST_PAGE and variant.language == page.default_language


def _variants(surface: Surface, page: PageFacts) -> tuple[Variant, ...]:
    if not surface.localized:
        return (WORDLESS,)
    if not surface.machine_format:
        return tuple(Variant(language) for language in page.languages)
    return tuple(Variant(tag, asked=False) for tag in dict.fromkeys([*page.languages, SOURCE]))
