"""Exit code, colour and finding follow one rule: a third of the lifetime is left."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.cli.chains.report import Exit, Report, report_of
from app.cli.chains.terminal import render_report
from app.domain.certificates.findings import Level
from app.trust.judge import examine
from tests.cli.chains.chain_commands import run
from tests.trust.authorities import HOST, NOON, chain, leaf, make, store
from tests.trust.client_profiles import client
from tests.trust.real import CASES, needs

FAR = NOON + timedelta(days=3000)
ROOT = make("Root", ends=FAR)
YELLOW = "\x1b[33m"


def report(*ders: bytes) -> Report:
    profile = client(store(ROOT))
    served = chain(*ders)
    examination = examine(served, host=HOST, at=NOON, profiles=[profile])
    return report_of(examination, served, {profile.id: profile}, {})


def short(lifetime: timedelta, left: timedelta, *, of: str = "leaf") -> Report:
    """The report on a chain in which the leaf or its issuer has this lifetime."""
    dates = {"starts": NOON + left - lifetime, "ends": NOON + left}
    if of == "leaf":
        return report(leaf("Inter", **dates), make("Inter", "Root", ends=FAR))
    return report(leaf("Inter", ends=FAR), make("Inter", "Root", **dates))


@pytest.mark.parametrize("of", ["leaf", "issuer"])
@pytest.mark.parametrize(
    ("lifetime", "left", "code"),
    [
        (timedelta(hours=160), timedelta(hours=159), Exit.FINE),
        (timedelta(hours=160), timedelta(hours=54), Exit.FINE),
        (timedelta(hours=160), timedelta(hours=53), Exit.WARNING),
        (timedelta(hours=160), timedelta(hours=22), Exit.WARNING),
        (timedelta(days=47), timedelta(days=18), Exit.FINE),
        (timedelta(days=47), timedelta(days=15), Exit.WARNING),
        (timedelta(days=90), timedelta(days=25), Exit.FINE),
        (timedelta(days=90), timedelta(days=20), Exit.WARNING),
        (timedelta(days=398), timedelta(days=100), Exit.FINE),
        (timedelta(hours=24), timedelta(hours=23), Exit.FINE),
    ],
)
def test_short_lived_certificates_are_not_always_yellow(
    lifetime: timedelta, left: timedelta, code: Exit, of: str
) -> None:
    found = short(lifetime, left, of=of)
    assert found.exit is code
    warned = [one for one in found.examination.findings if one.level is Level.WARNING]
    assert bool(warned) is (code is Exit.WARNING)
    coloured = render_report(found, width=120, colourful=True)
    assert (YELLOW in coloured) is (code is Exit.WARNING)


@needs(CASES)
@pytest.mark.parametrize(("hours", "code"), [(1, 0), (106, 0), (138, 1), (161, 2)])
def test_the_reported_certificate_of_160_hours_is_fine_until_a_third_is_left(
    hours: int, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = CASES / "certificates"
    at = datetime(2026, 12, 1, tzinfo=UTC) + timedelta(hours=hours)
    roots = ("--roots", str(folder / "six-root.pem"))
    file, when = str(folder / "six.pem"), at.isoformat()
    assert run("judge", file, "--host", "shop.example.com", "--at", when, *roots).exit_code == code
