"""`fyr horizon` lists the stored forecasts."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.ports.clock import system_clock
from tests.cast import open_backend
from tests.cli.program import Fyr
from tests.usecases.targets.forecasting import ForecastDriver


@pytest.fixture
def forecasting(sqlite_url: str, tmp_path: Path) -> Iterator[ForecastDriver]:
    """The command knows no clock but the real one."""
    with open_backend(sqlite_url) as backend:
        backend.clock.now = system_clock().replace(microsecond=0)
        yield ForecastDriver(backend, tmp_path)


@pytest.fixture
def target(forecasting: ForecastDriver) -> str:
    watched = forecasting.add_target()
    forecasting.record_probe(watched, forecasting.long_chain())
    forecasting.compute_forecasts()
    return watched


def test_what_ends_is_shown_with_whom_it_concerns_and_what_would_help(
    fyr: Fyr, target: str
) -> None:
    done = fyr("horizon")
    assert (done.code, done.err) == (0, "")
    words = " ".join(done.out.split())
    for expected in ("pay.example:443", "Demo Old Root X3", "in 20 days", "warning 4 given"):
        assert expected in words
    assert done.out.index("Demo Old Root X3") < done.out.index("renew the certificate")


def test_only_what_comes_soon_is_reported(fyr: Fyr, target: str) -> None:
    assert fyr("horizon", "--days", "20").out == "Nothing that is known ends within 20 days.\n"
    assert "Demo Old Root X3" in fyr("horizon", "--days", "21").out


def test_programs_get_one_object_as_the_interface_defines_it(fyr: Fyr, target: str) -> None:
    document = json.loads(fyr("horizon", "--json").out)
    assert document["days"] == 180
    assert [each["kind"] for each in document["horizons"]] == ["root", "leaf"]
    assert document["horizons"][0]["target"] == target
    assert document["horizons"][0]["text"].keys() == {"en", "sv", "ar"}


def test_a_name_cannot_write_to_the_terminal(fyr: Fyr, forecasting: ForecastDriver) -> None:
    file = forecasting.folder / "demo-legacy.toml"
    file.write_text(file.read_text("utf-8").replace("older on-site", "older \\u001b[31m"), "utf-8")
    forecasting.record_probe(forecasting.add_target(), forecasting.long_chain())
    forecasting.compute_forecasts()
    assert "\x1b" not in fyr("horizon").out
