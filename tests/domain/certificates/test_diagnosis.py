"""What an examination means for visitors."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.certificates.diagnosis import Diagnosis, diagnose
from app.domain.certificates.findings import (
    CertificateFacts,
    Examination,
    ProbeFailure,
    Reason,
    Stage,
    Tier,
    Verdict,
)
from app.domain.statuses import ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import PHRASES, Phrase

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEAF = CertificateFacts(
    "aa" * 32,
    "CN=pay.example",
    "CN=R3",
    not_before=datetime(2026, 1, 1, tzinfo=UTC),
    not_after=datetime(2026, 3, 1, tzinfo=UTC),
    name="pay.example",
)
ROOT = CertificateFacts(
    "bb" * 32, "CN=Old Root", "CN=Old Root", not_before=NOON, not_after=NOON, name="Old Root"
)
LABELS = {
    name: LocalizedText.of(label, "en")
    for name, label in {
        "current": "current browsers",
        "phones": "current phones",
        "legacy": "older devices",
        "terminals": "card terminals",
    }.items()
}


def verdict(
    profile: str, reason: Reason = Reason.OK, blamed_certificate: CertificateFacts | None = LEAF
) -> Verdict:
    tier = Tier.LEGACY if profile in {"legacy", "terminals"} else Tier.CURRENT
    return Verdict(profile, tier, reason, None if reason is Reason.OK else blamed_certificate)


def examined(*verdicts: Verdict, failure: ProbeFailure | None = None) -> Examination:
    chain = () if failure else (LEAF,)
    return Examination("pay.example", NOON, chain, verdicts, (), failure)


def diagnosed(*verdicts: Verdict, target: str = "t1") -> tuple[Diagnosis, ...]:
    return diagnose(examined(*verdicts), target=target, labels=LABELS).announced


def codes(found: Diagnosis) -> list[str]:
    return [phrase.code for phrase in found.body.phrases]


def params(found: Diagnosis, code: str) -> dict[str, Any]:
    (phrase,) = [phrase for phrase in found.body.phrases if phrase.code == code]
    return dict(phrase.params)


def says_all(phrase: Phrase) -> bool:
    return set(re.findall(r"%\((\w+)\)s", PHRASES[phrase.code])) == set(phrase.params)


def test_nothing_wrong_is_nothing_to_say() -> None:
    assert diagnosed(verdict("current"), verdict("legacy")) == ()


@pytest.mark.parametrize("reason", sorted(set(Reason) - {Reason.OK}))
@pytest.mark.parametrize("sound", [True, False])
def test_each_reason_is_shown_with_exactly_what_its_sentences_name(
    reason: Reason, *, sound: bool
) -> None:
    others = [verdict("current")] if sound else []
    (found,) = diagnosed(verdict("legacy", reason), *others)
    assert codes(found) == [f"why.{reason.value}", "who.some" if sound else "who.all"]
    assert all(says_all(phrase) for phrase in found.body.phrases)
    assert found.headline in PHRASES


@pytest.mark.parametrize("reason", [Reason.NO_CERTIFICATE, Reason.MALFORMED])
def test_where_there_is_no_blamed_certificate_the_sentence_needs_none(reason: Reason) -> None:
    (found,) = diagnosed(verdict("current", reason, blamed_certificate=None))
    assert all(says_all(phrase) for phrase in found.body.phrases)


def test_what_fails_for_older_clients_alone_is_a_partial_outage() -> None:
    (found,) = diagnosed(verdict("current"), verdict("legacy", Reason.EXPIRED, ROOT))
    assert found.status is ServiceStatus.PARTIAL_OUTAGE
    assert found.headline == "title.certificate.some"
    assert params(found, "who.some") == {
        "affected": (LABELS["legacy"],),
        "unaffected": (LABELS["current"],),
    }


def test_what_fails_for_all_is_a_major_outage() -> None:
    found, *rest = diagnosed(verdict("current", Reason.EXPIRED), verdict("legacy", Reason.EXPIRED))
    assert not rest
    assert found.status is ServiceStatus.MAJOR_OUTAGE
    assert found.headline == "title.certificate.all"
    assert params(found, "who.all") == {"affected": (LABELS["current"], LABELS["legacy"])}


def test_what_fails_for_some_current_clients_does_not_claim_to_fail_for_all() -> None:
    (found,) = diagnosed(verdict("current"), verdict("phones", Reason.EXPIRED))
    assert found.status is ServiceStatus.MAJOR_OUTAGE
    assert codes(found)[-1] == "who.some"
    assert found.headline == "title.certificate.all"


def test_those_affected_are_named_in_the_order_of_the_targets_profiles() -> None:
    bad = [verdict(name, Reason.EXPIRED) for name in ("terminals", "current", "legacy", "phones")]
    (found,) = diagnosed(*bad)
    named = [LABELS[name] for name in ("terminals", "current", "legacy", "phones")]
    assert params(found, "who.all") == {"affected": tuple(named)}


def test_while_current_clients_fail_what_only_older_ones_suffer_goes_unsaid() -> None:
    found = diagnose(
        examined(verdict("current", Reason.EXPIRED), verdict("legacy", Reason.EXPIRED, ROOT)),
        target="t1",
        labels=LABELS,
    )
    assert [each.cause.key for each in found.announced] == [
        f"certificate:{LEAF.fingerprint}:expired"
    ]
    assert found.hidden == {f"certificate:{ROOT.fingerprint}:expired"}


def test_two_faults_that_older_clients_suffer_are_two_causes() -> None:
    found = diagnosed(
        verdict("current"),
        verdict("legacy", Reason.EXPIRED, ROOT),
        verdict("terminals", Reason.ISSUER_UNKNOWN, LEAF),
    )
    assert len({each.cause for each in found}) == 2


def test_the_same_blamed_certificate_on_two_targets_is_the_same_cause() -> None:
    one, other = (diagnosed(verdict("current", Reason.EXPIRED), target=name)[0] for name in "ab")
    assert one.cause == other.cause
    assert not one.cause.network


@pytest.mark.parametrize("reason", [Reason.HOST_MISMATCH, Reason.NO_CERTIFICATE])
def test_what_is_wrong_with_a_target_is_a_cause_of_its_own(reason: Reason) -> None:
    blamed = LEAF if reason is Reason.HOST_MISMATCH else None
    bad = verdict("current", reason, blamed)
    one, other = (diagnosed(bad, target=name)[0] for name in "ab")
    assert one.cause != other.cause


def test_the_date_shown_is_the_one_that_matters() -> None:
    (expired,) = diagnosed(verdict("current", Reason.EXPIRED))
    assert params(expired, "why.expired")["date"] == LEAF.not_after
    (early,) = diagnosed(verdict("current", Reason.NOT_YET_VALID))
    assert params(early, "why.not_yet_valid")["date"] == LEAF.not_before


def test_a_certificate_without_names_is_known_by_its_fingerprint() -> None:
    nameless = CertificateFacts("cc" * 32, "", "", not_after=NOON)
    (found,) = diagnosed(verdict("current", Reason.EXPIRED, nameless))
    assert params(found, "why.expired")["subject"] == "cc" * 32


def test_a_name_longer_than_a_sentence_bears_is_cut() -> None:
    endless = CertificateFacts("cc" * 32, "", "", not_after=NOON, name="x" * 10_000)
    (found,) = diagnosed(verdict("current", Reason.EXPIRED, endless))
    assert len(params(found, "why.expired")["subject"]) < 200


def test_a_target_that_does_not_answer_is_a_network_cause_of_its_own() -> None:
    seen = examined(failure=ProbeFailure(Stage.CONNECT, "connection_refused"))
    (found,) = diagnose(seen, target="t1", labels=LABELS).announced
    assert found.cause.network
    assert "t1" in found.cause.key
    assert (found.headline, found.status) == ("title.unreachable", ServiceStatus.MAJOR_OUTAGE)
    assert codes(found) == ["why.unreachable", "who.every"]
    assert all(says_all(phrase) for phrase in found.body.phrases)


def test_it_shows_since_when_it_has_not_answered() -> None:
    seen = examined(failure=ProbeFailure(Stage.CONNECT, "connection_refused"))
    begun = datetime(2026, 3, 2, 11, 58, tzinfo=UTC)
    (found,) = diagnose(seen, target="t1", labels=LABELS, unreachable_since=begun).announced
    assert params(found, "why.unreachable")["date"] == begun


def test_an_address_that_we_refuse_to_reach_is_not_the_visitors_matter() -> None:
    seen = examined(failure=ProbeFailure(Stage.REFUSED, "private_address"))
    assert diagnose(seen, target="t1", labels=LABELS).announced == ()


def test_certificates_seen_before_a_failure_are_judged_all_the_same() -> None:
    seen = Examination(
        "pay.example",
        NOON,
        (LEAF,),
        (verdict("current", Reason.EXPIRED),),
        (),
        ProbeFailure(Stage.HANDSHAKE, "alert"),
    )
    (found,) = diagnose(seen, target="t1", labels=LABELS).announced
    assert not found.cause.network


def test_a_certificate_that_cannot_be_read_is_described_without_its_name_and_dates() -> None:
    unreadable = CertificateFacts("cc" * 32, "", "", malformed=True)
    (found,) = diagnosed(verdict("current", Reason.MALFORMED, unreadable))
    assert found.body.phrases[0] == Phrase("why.malformed", {"host": "pay.example"})
