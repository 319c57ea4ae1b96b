"""What the looks at several addresses mean together."""

from collections.abc import Mapping
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.certificates.findings import (
    Examination,
    Finding,
    FindingKind,
    Level,
    ProbeFailure,
    ProbeResult,
    Reason,
    Stage,
)
from app.domain.certificates.probe_results import AlternateHandshake, EndpointScan
from app.trust.checks import FINDING_TEXTS
from app.trust.scan import examine_scan
from tests.trust.authorities import HOST, NOON, leaf, make, store
from tests.trust.client_profiles import client

DAY = timedelta(days=1)
ROOT, INTER = make("Root"), make("Inter", "Root")
LEAF, EXPIRED = leaf("Inter"), leaf("Inter", ends=NOON - DAY)
CURRENT = client(store(ROOT), name="current")
GOOD, BAD = (LEAF, INTER), (EXPIRED, INTER)


def look(address: str, *ders: bytes, failure: ProbeFailure | None = None) -> ProbeResult:
    return ProbeResult(HOST, 443, address, ders, "TLSv1.3" if ders else "", failure)


def silent(address: str, code: str = "connection_refused") -> ProbeResult:
    return look(address, failure=ProbeFailure(Stage.CONNECT, code))


def meaning(
    *looks: ProbeResult, alternates: Mapping[AlternateHandshake, ProbeResult] | None = None
) -> Examination:
    seen = EndpointScan(HOST, 443, looks, alternates=alternates or {})
    return examine_scan(seen, at=NOON, profiles=[CURRENT])


def named(seen: Examination) -> dict[str, Finding]:
    for finding in seen.findings:
        assert FINDING_TEXTS[finding.code] % finding.params
    return {finding.code.removeprefix("finding."): finding for finding in seen.findings}


def test_the_worst_address_decides_what_clients_get() -> None:
    reported = meaning(look("192.0.2.1", *GOOD), look("192.0.2.2", *BAD))
    assert reported.verdicts[0].reason is Reason.EXPIRED
    assert reported.address == "192.0.2.2"
    assert reported.chain[0].not_after == NOON - DAY


def test_the_address_that_ends_first_decides_until_when() -> None:
    sooner = leaf("Inter", ends=NOON + 40 * DAY)
    reported = meaning(look("192.0.2.1", *GOOD), look("192.0.2.2", sooner, INTER))
    assert reported.verdicts[0].until == NOON + 40 * DAY + timedelta(seconds=1)


def test_the_same_fault_at_several_addresses_is_shown_once() -> None:
    reported = meaning(look("192.0.2.1", *BAD), look("192.0.2.2", *BAD), look("192.0.2.3", *GOOD))
    codes = [finding.code for finding in reported.findings]
    assert codes == ["finding.leaf_expired", "finding.addresses_disagree"]


def test_the_odd_ones_out_are_named_with_their_addresses() -> None:
    reported = meaning(look("192.0.2.1", *GOOD), look("192.0.2.2", *GOOD), look("192.0.2.3", *BAD))
    finding = named(reported)["addresses_disagree"]
    assert (finding.level, finding.params["addresses"]) == (Level.WARNING, "192.0.2.3")


def test_a_silent_address_among_others_is_a_warning_about_the_network() -> None:
    reported = meaning(look("192.0.2.1", *GOOD), silent("192.0.2.2"))
    finding = named(reported)["address_silent"]
    assert (finding.level, finding.kind) == (Level.WARNING, FindingKind.NETWORK)
    assert reported.failure is None
    assert reported.verdicts[0].ok


def test_an_address_that_no_way_leads_to_from_here_is_no_alarm() -> None:
    reported = meaning(look("192.0.2.1", *GOOD), silent("2001:db8::1", "no_route"))
    assert named(reported)["address_out_of_reach"].level is Level.INFO


def test_where_no_address_answers_the_look_that_came_farthest_is_reported() -> None:
    alert = ProbeFailure(Stage.HANDSHAKE, "alert_handshake_failure")
    reported = meaning(silent("192.0.2.1"), look("192.0.2.2", failure=alert), silent("192.0.2.3"))
    assert reported.failure == alert
    assert (reported.verdicts, reported.findings) == ((), ())


def test_addresses_beyond_the_most_are_counted() -> None:
    seen = EndpointScan(HOST, 443, (look("192.0.2.1", *GOOD),), left_out=84)
    reported = examine_scan(seen, at=NOON, profiles=[CURRENT])
    params = named(reported)["addresses_left_out"].params
    assert (params["count"], params["considered"]) == (85, 1)


def test_the_same_certificate_with_others_along_is_distinguished() -> None:
    reported = meaning(look("192.0.2.1", *GOOD), look("192.0.2.2", LEAF, INTER, ROOT))
    assert named(reported)["addresses_chains_disagree"].level is Level.INFO


def test_a_server_that_declines_who_names_no_host_is_no_alarm() -> None:
    alert = look("192.0.2.1", failure=ProbeFailure(Stage.HANDSHAKE, "alert_unrecognized_name"))
    reported = meaning(look("192.0.2.1", *GOOD), alternates={AlternateHandshake.NO_NAME: alert})
    assert named(reported)["no_name_refused"].level is Level.INFO


def test_a_second_look_that_was_lost_on_the_way_says_nothing() -> None:
    lost = silent("192.0.2.1")
    reported = meaning(look("192.0.2.1", *GOOD), alternates=dict.fromkeys(AlternateHandshake, lost))
    assert reported.findings == ()


def test_a_survey_of_one_address_means_what_its_look_does() -> None:
    reported = meaning(look("192.0.2.1", *BAD))
    assert [finding.code for finding in reported.findings] == ["finding.leaf_expired"]
    assert reported.address == "192.0.2.1"


ders = st.sampled_from([LEAF, EXPIRED, INTER, ROOT, b"", b"hello", LEAF[:-9]])
looks = st.builds(
    lambda address, served, failed: look(
        address, *served, failure=ProbeFailure(Stage.HANDSHAKE, "closed") if failed else None
    ),
    st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1", ""]),
    st.lists(ders, max_size=3),
    st.booleans(),
)


@given(
    st.lists(looks, min_size=1, max_size=4),
    st.dictionaries(st.sampled_from(list(AlternateHandshake)), looks),
)
@settings(max_examples=60)
def test_judging_a_survey_never_raises(
    seen: list[ProbeResult], second: dict[AlternateHandshake, ProbeResult]
) -> None:
    named(meaning(*seen, alternates=second))
