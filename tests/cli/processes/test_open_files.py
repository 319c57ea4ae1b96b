"""A process raises its limit on open files at the start, and fits its connections to it."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.processes.open_files import raise_open_files
from app.web.page_cache.serving.open_connections import ConnectionLimits

_PROGRAM = "from app.cli.processes.open_files import raise_open_files as r; print(r({wanted}))"
ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "reached"),
    [(128, 900, 500, 500), (128, 900, 65_536, 900), (800, 900, 500, 800)],
)
def test_the_soft_limit_is_raised_as_far_as_the_hard_one_allows_and_never_lowered(
    soft: int, hard: int, wanted: int, reached: int
) -> None:
    script = f'ulimit -Sn {soft} && ulimit -Hn {hard} && exec "$0" -c "$1"'
    words = ["sh", "-c", script, sys.executable, _PROGRAM.format(wanted=wanted)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == f"{reached}\n"
    assert ("serve.few_open_files" in done.stderr) == (reached < wanted)


def test_only_the_first_process_logs_that_there_are_few(caplog: pytest.LogCaptureFixture) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * hard if hard != resource.RLIM_INFINITY else hard
    for is_first in (False, True, False):
        raise_open_files(wanted, is_first=is_first)
    expected = 0 if hard == resource.RLIM_INFINITY else 1
    assert len([each for each in caplog.records if each.name == "fyr.serve"]) == expected


@pytest.mark.parametrize(
    ("open_files", "connections", "idle"),
    [(65_536, 4096, 1024), (1024, 768, 576), (256, 128, 96), (2, 1, 1)],
)
def test_connections_leave_descriptors_for_other_files(
    open_files: int, connections: int, idle: int
) -> None:
    limits = ConnectionLimits().within(open_files)
    assert (limits.connections, limits.idle_connections) == (connections, idle)


def test_limits_that_fit_stay() -> None:
    limits = ConnectionLimits(connections=10, idle_connections=10)
    assert limits.within(65_536).connections == 10
