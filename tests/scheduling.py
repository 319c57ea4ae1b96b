"""Order and distribution of the tests over the processes of pytest-xdist."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

__all__ = ["SharedBrowserScheduling", "rank"]

# The longest come first, so that no process works alone at the end.
_FIRST = (
    "tests/e2e/test_serve.py",
    "tests/browser/console/",
    "tests/browser/",
    "tests/web/api/test_schemathesis.py",
    "tests/e2e/",
    "tests/rendering/test_every_language.py",
    "tests/usecases/alerts/",
    "tests/web/page_cache/test_faults.py",
    "tests/export/",
    "tests/usecases/sources/test_rules.py",
)
# Each folder has one browser, opened once.
_TOGETHER = ("tests/browser/console/", "tests/browser/")


class SharedBrowserScheduling(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives one process all tests of a file, and all tests that share a browser."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        config.option.loadscopereorder = False  # `rank` orders them, and not the number of tests
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return next((each for each in _TOGETHER if file.startswith(each)), file)


def rank(nodeid: str) -> int:
    """The position of a test: lower comes first; equal ones stay in their random order."""
    found = (turn for turn, each in enumerate(_FIRST) if nodeid.startswith(each))
    return next(found, len(_FIRST))
