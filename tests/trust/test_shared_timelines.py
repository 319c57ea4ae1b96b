"""Timelines that leaves share, against a timeline computed for each chain alone."""

import gzip
import json
from datetime import datetime, timedelta
from itertools import cycle

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.certificates.findings import Reason
from app.trust.clients.profiles import shipped_profiles
from app.trust.clients.root_programmes import Programme
from app.trust.clients.stores import Store
from app.trust.clients.tolerances import EqualNames, Tolerances
from app.trust.judge import judge
from app.trust.paths import BUILDERS, PathOutcome
from app.trust.shared_timelines import LeafTimeline, timeline
from app.trust.timeline import Timeline, compute_timeline, renewed_timeline
from app.trust.x509.certificate import parse
from app.trust.x509.chain import Chain, pem_blocks
from tests.trust.authorities import HOST, NOON, chain, leaf, make, store
from tests.trust.client_profiles import client
from tests.trust.real import GOLDEN, GOLDEN_CERTIFICATES, needs

SPAN = 12
START = int(NOON.timestamp())
NAMES = ("A", "B", "C")
# A root that is no longer trusted for new leaves, and one that is removed.
PROGRAMME = Programme("test", {"A": START + 4, "B": START + 8}, {"B": START + 9, "C": START + 6})
RULES = (
    Tolerances(),
    Tolerances(anchor_expiry=False, equal_names=EqualNames.FIRST),
    Tolerances(key_types=("rsa",)),
    Tolerances(programme=PROGRAMME),
    Tolerances(programme=PROGRAMME, key_usage=("digital_signature",), anchor_constraints=True),
    *(profile.tolerances for profile in shipped_profiles().values()),
)
EXTENSIONS = (
    (),
    ((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),),
    ((x509.SubjectKeyIdentifier(b"A"), False),),
    ((x509.AuthorityKeyIdentifier(b"A", None, None), False),),
    ((x509.AuthorityKeyIdentifier(None, [x509.DirectoryName(x509.Name([]))], 1), False),),
    ((x509.NameConstraints([x509.DNSName("shop.example")], None), True),),
)
second = st.integers(0, SPAN)


def after(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


@st.composite
def certificates(draw: st.DrawFn, subjects: tuple[str, ...], *, ca: bool) -> bytes:
    starts = draw(second)
    # Longer than any leaf may be valid, or ending while the test looks.
    lasts = draw(st.sampled_from((0, 2, SPAN, 900 * 86_400)))
    return make(
        draw(st.sampled_from(subjects)),
        draw(st.sampled_from(NAMES)),
        starts=after(starts),
        ends=after(starts + lasts),
        ca=ca,
        hosts=() if ca else (draw(st.sampled_from((HOST, "other.example"))),),
        signed_by=draw(st.sampled_from((None, None, None, "B"))),
        extensions=draw(st.sampled_from(EXTENSIONS)),
    )


authorities = certificates(NAMES, ca=True)
leaves = certificates((HOST, "other.example", "A"), ca=False)


@given(data=st.data())
@settings(max_examples=120)
def test_leaves_under_the_same_authorities_have_the_outcomes_of_their_own_timeline(
    data: st.DataObject,
) -> None:
    above = data.draw(st.lists(authorities, max_size=3))
    known = tuple(map(parse, data.draw(st.lists(authorities, max_size=1))))
    anchors = data.draw(st.lists(st.one_of(authorities, leaves), min_size=1, max_size=3))
    roots, builder = store(*anchors), data.draw(st.sampled_from(sorted(BUILDERS)))
    rules = data.draw(st.sampled_from(RULES))
    for one in data.draw(st.lists(leaves, min_size=2, max_size=4)):
        served = Chain(chain(one, *above).certificates, known=known)
        assert_own_outcomes(served, roots, builder, rules, range(START - 1, START + SPAN + 3))


@needs(GOLDEN, GOLDEN_CERTIFICATES)
def test_golden_chains_have_the_outcomes_of_their_own_timelines() -> None:
    golden = json.loads(gzip.decompress(GOLDEN.read_bytes()))
    blocks = pem_blocks(gzip.decompress(GOLDEN_CERTIFICATES.read_bytes()))
    held = {one.fingerprint: one for one in map(parse, blocks)}
    stores = {
        name: Store(name, tuple(held[one] for one in fingerprints))
        for name, fingerprints in golden["stores"].items()
    }
    kinds = cycle([(builder, rules) for rules in RULES for builder in sorted(BUILDERS)])
    times: dict[tuple[Chain, str], set[int]] = {}
    for case in golden["cases"]:
        served = Chain(tuple(held[one] for one in (case["leaf"], *case["served"])))
        times.setdefault((served, case["store"]), set()).add(case["time"])
    shared = 0
    for (served, name), seconds in times.items():
        builder, rules = next(kinds)
        shared += assert_own_outcomes(served, stores[name], builder, rules, seconds)
    assert shared > len(times) / 2


def assert_own_outcomes(
    served: Chain, roots: Store, builder: str, rules: Tolerances, seconds: range | set[int]
) -> bool:
    """Assert that a chain has the outcomes of its own timeline, also with its leaf renewed; return
    whether it shared one.
    """
    usual = compute_timeline(served, roots, builder, rules)
    today = min(seconds)
    renewed = renewed_timeline(usual, served.certificates[0], today)
    found = timeline(served, roots, builder, rules)
    found_renewed = timeline(served, roots, builder, rules, renewed_on=today)
    for own, actual in ((usual, found), (renewed, found_renewed)):
        for at in seconds:
            outcome = described(own.at(at))
            assert described(actual.at(at)) == outcome
            if outcome[0] is Reason.OK:
                assert next_break(actual, at) == next_break(own, at)
    return isinstance(found, LeafTimeline)


def described(outcome: PathOutcome) -> tuple[object, ...]:
    return outcome.reason, outcome.path, outcome.blamed_certificate


def next_break(found: Timeline | LeafTimeline, at: int) -> tuple[object, ...] | None:
    result = found.break_after(at)
    return result and (result[0], *described(result[1]))


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_chain_that_is_judged_each_day_for_years_keeps_its_verdict(builder: str) -> None:
    limits = x509.NameConstraints([x509.DNSName("example")], None)
    lasting = {"ends": NOON + timedelta(days=2000)}
    limited = make("Inter", "Root", extensions=((limits, True),), **lasting)
    profile = client(store(make("Root", **lasting)), builder)
    served = chain(leaf("Inter"), limited)
    for day in range(1000):
        at = NOON + timedelta(days=day)
        assert judge(served, host=HOST, at=at, profile=profile, renewed=True).ok
