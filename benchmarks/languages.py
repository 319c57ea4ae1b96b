"""Languages: start, memory and rendering with three published languages and with all of them."""

import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from app.domain.page.pages import OverviewPage
from app.i18n.languages import LANGUAGES, SOURCE
from app.rendering import pages
from app.usecases.context import SHELL
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.public import pages as public_pages
from benchmarks.data import fill, open_data
from benchmarks.servers import Server, fyr

__all__ = ["main"]

_FEW = ("en", "sv", "ar")
_PORT = 8851
_STARTS, _RENDERS = 5, 60
_SETTLED_SECONDS = 3.0


def main() -> None:
    figures = {}
    for languages in (_FEW, LANGUAGES):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with open_data(folder) as database, database.writing(SHELL) as ctx:
                fill(ctx)
                edit_page(ctx, PageChange(languages=languages))
            figures[len(languages)] = _figures(folder, languages)
    (few, first), (many, second) = figures.items()
    for (what, before), after in zip(first.items(), second.values(), strict=True):
        print(
            f"{what:48} {few} languages {before:6.2f}, {many} languages {after:6.2f}"
            f"  {after / before:4.2f} x",
            flush=True,
        )
    _print_rendering()


def _figures(folder: Path, languages: Sequence[str]) -> dict[str, float]:
    with fyr(folder, _PORT, "protocol"):
        time.sleep(_SETTLED_SECONDS)  # until the snapshot is written
    seconds, started, used, all_used = [], [], 0.0, 0.0
    for last in [False] * (_STARTS - 1) + [True]:
        begun = time.perf_counter()
        with fyr(folder, _PORT, "protocol") as server:
            seconds.append(time.perf_counter() - begun)
            time.sleep(_SETTLED_SECONDS)
            started.append(server.resident_mb())
            if last:
                used = _memory_after(server, languages[:6])
                all_used = _memory_after(server, languages)
    return {
        "seconds to the first page, with a snapshot": median(seconds),
        "resident MB after the start": median(started),
        "resident MB after requests in six languages": used,
        "resident MB after requests in every language": all_used,
    }


def _memory_after(server: Server, languages: Sequence[str]) -> float:
    for tag in languages:
        for path in ("", "history", "subscribe", "feed.atom"):
            address = server.url.replace("/en/", f"/{tag}/{path}")
            with urllib.request.urlopen(address) as answer:
                answer.read()
    return server.resident_mb()


def _print_rendering() -> None:
    """Processor time of rendering the overview in each language, first and later."""
    with tempfile.TemporaryDirectory() as name, open_data(Path(name)) as database:
        with database.writing(SHELL) as ctx:
            # A text in another language than the page has more markup.
            fill(ctx, LANGUAGES)
        with database.reading() as ctx:
            record = public_pages.overview(ctx, "https://status.example.com")
    first = {tag: _render_seconds(record, tag) for tag in LANGUAGES}
    # In turns, so that other work on the machine affects every language.
    rounds = [{tag: _render_seconds(record, tag) for tag in LANGUAGES} for _ in range(_RENDERS)]
    english = median(each[SOURCE] for each in rounds)
    ratios = {
        tag: median(each[tag] / each[SOURCE] for each in rounds) for tag in first if tag != SOURCE
    }
    slowest = max(ratios, key=lambda tag: ratios[tag])
    print(
        f"overview in English {english * 1000:.1f} ms of processor time; in the others"
        f" {median(ratios.values()):.2f} x, at most {ratios[slowest]:.2f} x"
        f" ({slowest}); the first one in a language {median(first.values()) * 1000:.0f} ms more",
        flush=True,
    )


def _render_seconds(record: OverviewPage, tag: str) -> float:
    begun = time.thread_time()
    pages.overview(record, tag)
    return time.thread_time() - begun
