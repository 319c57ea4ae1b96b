"""Who runs which tests and when, where several processes share them."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

__all__ = ["Turns", "rank"]

# What takes longest comes first: the short ones fill the end, and nobody waits for the last one.
_FIRST = (
    "tests/e2e/test_serve.py",
    "tests/browser/test_console",
    "tests/browser/",
    "tests/web/api/test_schemathesis.py",
    "tests/e2e/",
    "tests/usecases/alerts/",
    "tests/web/page_cache/test_faults.py",
    "tests/export/",
    "tests/usecases/sources/test_rules.py",
)
# Two browsers at a time, each opened once.
_TOGETHER = ("tests/browser/test_console", "tests/browser/")


class Turns(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """The tests of a file stay together, and so do those that share a browser."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        config.option.loadscopereorder = False  # not by their number: `rank` knows better
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return next((each for each in _TOGETHER if file.startswith(each)), file)


def rank(nodeid: str) -> int:
    """Where a test stands in the queue: lower comes first, the same stay as they were shuffled."""
    found = (turn for turn, each in enumerate(_FIRST) if nodeid.startswith(each))
    return next(found, len(_FIRST))
