"""What is found out about a chain, and what is not worth an alarm."""

import pkgutil
import re
from datetime import datetime, timedelta
from importlib import import_module

import pytest

from app.domain.certificates import Examination, Finding, FindingKind, Level, Tier
from app.trust import checks
from app.trust.checks import CHECKS, FINDING_TEXTS
from app.trust.judge import examine
from app.trust.profiles import Profile
from tests.trust.authorities import HOST, NOON, chain, leaf, make, store
from tests.trust.clients import client

DAY = timedelta(days=1)
ROOT, INTER = make("Root"), make("Inter", "Root")
CURRENT = client(store(ROOT), name="current")


def seen(
    *ders: bytes, host: str = HOST, at: datetime = NOON, profiles: tuple[Profile, ...] = (CURRENT,)
) -> Examination:
    return examine(chain(*ders), host=host, at=at, profiles=profiles)


def found(examination: Examination) -> dict[str, Finding]:
    return {finding.code: finding for finding in examination.findings}


def test_every_check_is_in_the_registry() -> None:
    modules = [
        import_module(f"{checks.__name__}.{module.name}")
        for module in pkgutil.iter_modules(checks.__path__)
    ]
    assert {id(module.CHECK) for module in modules} == {id(check) for check in CHECKS}
    assert len(CHECKS) == len(modules)


def test_every_code_has_one_text_of_whole_sentences() -> None:
    assert len(FINDING_TEXTS) == sum(len(check.texts) for check in CHECKS)
    for code, text in FINDING_TEXTS.items():
        assert re.fullmatch(r"finding\.[a-z_]+", code)
        assert text.endswith(".")


def test_a_healthy_chain_has_no_findings() -> None:
    assert seen(leaf("Inter"), INTER).findings == ()


OLD_INTER = make("Inter", "Root", ends=NOON - DAY)
ENDING_INTER = make("Inter", "Root", ends=NOON + 10 * DAY)
EARLY_INTER = make("Inter", "Root", starts=NOON + DAY)
OWN = make(HOST, ca=False, hosts=(HOST,))
FORGED = make(HOST, "Inter", ca=False, hosts=(HOST,), signed_by="Forger")


@pytest.mark.parametrize(
    ("code", "level", "examination"),
    [
        ("leaf_expired", Level.ERROR, seen(leaf("Inter"), INTER, at=NOON + 61 * DAY)),
        ("leaf_not_yet_valid", Level.ERROR, seen(leaf("Inter"), INTER, at=NOON - 31 * DAY)),
        ("leaf_expires_soon", Level.WARNING, seen(leaf("Inter"), INTER, at=NOON + 50 * DAY)),
        ("intermediate_expired", Level.ERROR, seen(leaf("Inter"), OLD_INTER)),
        ("intermediate_expires_soon", Level.WARNING, seen(leaf("Inter"), ENDING_INTER)),
        ("intermediate_not_yet_valid", Level.ERROR, seen(leaf("Inter"), EARLY_INTER)),
        ("missing_intermediate", Level.ERROR, seen(leaf("Inter"))),
        ("host_mismatch", Level.ERROR, seen(leaf("Inter"), INTER, host="other.example")),
        ("no_host_name", Level.ERROR, seen(make(HOST, "Inter", ca=False), INTER)),
        ("wrong_order", Level.WARNING, seen(leaf("Low"), INTER, make("Low", "Inter"))),
        ("unrelated_certificate", Level.INFO, seen(leaf("Inter"), INTER, make("Stranger", "Far"))),
        ("duplicate_certificate", Level.INFO, seen(leaf("Inter"), INTER, INTER)),
        ("root_served", Level.INFO, seen(leaf("Inter"), INTER, ROOT)),
        ("self_signed", Level.ERROR, seen(OWN)),
        ("root_untrusted", Level.ERROR, seen(leaf("Far"), make("Far"))),
        ("issuer_unknown", Level.ERROR, seen(leaf("Near"), make("Near", "Far"))),
        ("bad_signature", Level.ERROR, seen(FORGED, INTER)),
        ("malformed", Level.WARNING, seen(leaf("Inter"), INTER, b"hello")),
        ("no_certificate", Level.ERROR, seen()),
        ("too_many_certificates", Level.WARNING, seen(leaf("Inter"), *[INTER] * 150)),
    ],
)
def test_each_fault_is_named(code: str, level: Level, examination: Examination) -> None:
    finding = found(examination)[f"finding.{code}"]
    assert finding.level is level
    assert finding.params["host"] == examination.host
    assert FINDING_TEXTS[finding.code] % finding.params


def test_the_loudest_finding_comes_first() -> None:
    examination = seen(leaf("Inter"), INTER, ROOT, b"hello", host="other.example")
    levels = [finding.level for finding in examination.findings]
    assert levels == [Level.ERROR, Level.WARNING, Level.INFO]


def test_a_cross_sign_that_ended_without_harm_is_only_information() -> None:
    cross = make("Root", "Old", ends=NOON - DAY)
    examination = seen(leaf("Inter"), INTER, cross)
    finding = found(examination)["finding.cross_sign_expired"]
    assert examination.verdicts[0].ok
    assert finding.level is Level.INFO
    assert finding.params["profiles"] == ""


def test_an_old_root_that_stops_only_older_clients_is_a_warning_that_names_them() -> None:
    cross = make("Root", "Old")
    old = make("Old", ends=NOON - DAY)
    legacy = client(store(ROOT, old), "served_first_alt", tier=Tier.LEGACY, name="legacy")
    examination = seen(leaf("Inter"), INTER, cross, profiles=(CURRENT, legacy))
    finding = found(examination)["finding.root_expired"]
    assert (finding.level, finding.kind) == (Level.WARNING, FindingKind.FACT)
    assert finding.params == {
        "host": HOST,
        "subject": "Old",
        "date": NOON - DAY,
        "profiles": "legacy",
    }


def test_an_old_root_is_foreseen() -> None:
    old = make("Old", ends=NOON + 5 * DAY)
    legacy = client(store(ROOT, old), "served_first_alt", tier=Tier.LEGACY, name="legacy")
    examination = seen(leaf("Inter"), INTER, make("Root", "Old"), profiles=(CURRENT, legacy))
    finding = found(examination)["finding.root_expires_soon"]
    assert (finding.level, finding.kind) == (Level.WARNING, FindingKind.FORECAST)
    assert finding.params["date"] == NOON + 5 * DAY


def test_a_short_lived_leaf_is_not_nagged_about_until_renewal_is_late() -> None:
    six_days = leaf("Inter", starts=NOON - DAY, ends=NOON + 5 * DAY)
    early = found(seen(six_days, INTER))["finding.leaf_expires_soon"]
    late = found(seen(six_days, INTER, at=NOON + 4 * DAY))["finding.leaf_expires_soon"]
    assert (early.level, late.level) == (Level.INFO, Level.WARNING)


def test_the_warning_window_is_the_targets_own() -> None:
    served = chain(leaf("Inter"), INTER)
    profiles = [CURRENT]
    near = examine(served, host=HOST, at=NOON + 50 * DAY, profiles=profiles, warn_days=5)
    assert near.findings == ()
