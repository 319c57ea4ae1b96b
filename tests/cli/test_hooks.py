"""Monitors connected, and what they sent played again, from a shell."""

import json
from pathlib import Path

from tests.cli.program import Fyr

FIRING = Path(__file__).parents[1] / "monitors/fixtures/alertmanager/firing.json"


def test_a_source_is_added_and_its_url_shown(fyr: Fyr) -> None:
    done = fyr("source", "add", "generic", "Mona", "--auth", "bearer")
    assert done.code == 0
    url, end = done.out.split("\n")
    assert (url.rpartition("/")[0][-6:], len(url.rpartition("/")[2]), end) == ("/hooks", 32, "")
    assert [line.split(": ")[0] for line in done.err.splitlines()] == ["source", "secret"]


def test_a_kind_of_source_that_nobody_knows_is_refused(fyr: Fyr) -> None:
    done = fyr("source", "add", "pigeon", "Mona")
    assert (done.code, done.out) == (1, "")
    assert "alertmanager" in done.err


def test_a_file_is_played_as_if_the_monitor_had_sent_it(fyr: Fyr, tmp_path: Path) -> None:
    source = fyr("source", "add", "alertmanager", "Prometheus").err.split()[-1]
    reported = [fyr("hook", "replay", str(FIRING), "--source", source) for _ in range(2)]
    unmapped = "2 unmapped: it names no service of the page; add an alias or a route"
    assert [(each.code, each.out.split(" ", 1)[1]) for each in reported] == [
        (0, f"alerts 2 new; {unmapped}\n"),
        (0, f"alerts 2 again; {unmapped}\n"),
    ]
    odd = tmp_path / "odd.json"
    odd.write_text(json.dumps({"alerts": None}))
    assert " malformed " in fyr("hook", "replay", str(odd), "--source", source).out
    assert fyr("hook", "replay", str(FIRING), "--source", "nobody").code == 1
    assert fyr("hook", "replay", str(tmp_path / "none"), "--source", source).code == 64
