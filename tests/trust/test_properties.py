"""What holds for any bytes and any small hierarchy."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.certificates.findings import Verdict
from app.trust.advice import ADVICE_TEXTS, advise
from app.trust.changes import changes
from app.trust.clients.profiles import Profile, shipped_profiles
from app.trust.horizons import horizons
from app.trust.judge import examine, judge
from app.trust.paths import BUILDERS
from app.trust.x509.certificate import parse
from app.trust.x509.chain import Chain, read_chain
from tests.trust.authorities import HOST, NOON, leaf, make, store
from tests.trust.client_profiles import client

SPAN = 12
NAMES = ("A", "B", "C")
# Validity in whole seconds after NOON, so that every second can be tried.
second = st.integers(0, SPAN)


def after(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


@st.composite
def authorities(draw: st.DrawFn) -> bytes:
    starts = draw(second)
    return make(
        draw(st.sampled_from(NAMES)),
        draw(st.sampled_from(NAMES)),
        starts=after(starts),
        ends=after(draw(st.integers(starts, SPAN))),
        path_length=draw(st.sampled_from((None, None, 0, 1))),
    )


@st.composite
def leaves(draw: st.DrawFn) -> bytes:
    issuer = draw(st.sampled_from(NAMES))
    return leaf(issuer, starts=after(0), ends=after(draw(second)))


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    return read_chain([draw(leaves()), *draw(st.lists(authorities(), max_size=4))])


@st.composite
def clients(draw: st.DrawFn, builder: str) -> Profile:
    anchors = draw(st.lists(authorities(), min_size=1, max_size=3))
    return client(store(*anchors), builder, anchor_expiry=draw(st.booleans()))


def at_second(chain: Chain, profile: Profile, seconds: int, *, renewed: bool = False) -> Verdict:
    return judge(chain, host=HOST, at=after(seconds), profile=profile, renewed=renewed)


@pytest.mark.parametrize("builder", BUILDERS)
@given(data=st.data())
@settings(max_examples=60)
def test_the_horizon_is_what_trying_every_second_finds(builder: str, data: st.DataObject) -> None:
    chain, profile = data.draw(chains()), data.draw(clients(builder))
    tried = [at_second(chain, profile, seconds) for seconds in range(SPAN + 3)]
    for seconds, verdict in enumerate(tried):
        later = [other for other in range(seconds, SPAN + 3) if not tried[other].ok]
        expected = after(later[0]) if verdict.ok and later else None
        assert verdict.until == expected


@pytest.mark.parametrize("builder", BUILDERS)
@given(data=st.data())
@settings(max_examples=40)
def test_the_horizon_of_a_renewed_leaf_is_that_of_one_that_never_ends(
    builder: str, data: st.DataObject
) -> None:
    chain, profile = data.draw(chains()), data.draw(clients(builder))
    eternal = leaf_like(chain, starts=after(-SPAN), ends=after(9 * SPAN))
    for seconds in range(SPAN + 2):
        renewed = at_second(chain, profile, seconds, renewed=True)
        plain = at_second(eternal, profile, seconds)
        assert (renewed.ok, renewed.reason) == (plain.ok, plain.reason)
        if renewed.until is not None:
            assert renewed.until == plain.until
            assert renewed.until_reason == plain.until_reason


def leaf_like(chain: Chain, *, starts: datetime, ends: datetime) -> Chain:
    """The chain with a leaf that says the same but for its dates."""
    issuer = chain.certificates[0].facts.issuer.removeprefix("CN=")
    rest = (one.der for one in chain.certificates[1:])
    return read_chain([leaf(issuer, starts=starts, ends=ends), *rest])


@given(data=st.data())
@settings(max_examples=60)
def test_a_path_length_is_met_by_the_shortest_way_that_fits(data: st.DataObject) -> None:
    chain, profile = data.draw(chains()), data.draw(clients("any_path"))
    verdict = at_second(chain, profile, data.draw(second))
    if verdict.ok:
        held = {one.fingerprint: one for one in (*chain.certificates, *profile.store.anchors)}
        for below, fingerprint in enumerate(verdict.path[1:]):
            allowed = held[fingerprint].extensions.path_length
            counted = [held[one] for one in verdict.path[1 : below + 1]]
            own = sum(not one.self_issued for one in counted)
            assert allowed is None or own <= allowed


@given(data=st.data())
@settings(max_examples=60)
def test_advising_and_foreseeing_never_raise(data: st.DataObject) -> None:
    chain, profile = data.draw(chains()), data.draw(clients("served_first_alt"))
    known = tuple(parse(data.draw(authorities())) for _ in range(2))
    at = after(data.draw(second))
    horizons(chain, host=HOST, at=at, profiles=[profile], known=known)
    for advice in advise(chain, host=HOST, at=at, profiles=[profile], known=known):
        assert ADVICE_TEXTS[advice.code] % advice.params
        assert advice.gained == ("test",)


@given(data=st.data())
@settings(max_examples=80)
def test_one_more_certificate_never_breaks_an_any_path_client(data: st.DataObject) -> None:
    chain, profile = data.draw(chains()), data.draw(clients("any_path"))
    ders = [one.der for one in chain.certificates]
    place = data.draw(st.integers(1, len(ders)))
    longer = read_chain([*ders[:place], data.draw(authorities()), *ders[place:]])
    for seconds in range(SPAN + 2):
        if at_second(chain, profile, seconds).ok:
            assert at_second(longer, profile, seconds).ok


@given(data=st.data())
@settings(max_examples=60)
def test_the_order_of_what_is_served_is_nothing_to_an_any_path_client(data: st.DataObject) -> None:
    chain, profile = data.draw(chains()), data.draw(clients("any_path"))
    first, *rest = (one.der for one in chain.certificates)
    shuffled = read_chain([first, *data.draw(st.permutations(rest))])
    for seconds in range(SPAN + 2):
        assert at_second(chain, profile, seconds).ok == at_second(shuffled, profile, seconds).ok


@given(
    st.lists(st.binary(max_size=40), max_size=5),
    st.text(max_size=20),
    st.datetimes(timezones=st.just(UTC)),
)
@settings(max_examples=60)
def test_examining_never_raises_for_any_bytes(ders: list[bytes], host: str, at: datetime) -> None:
    chain, profiles = read_chain(ders), shipped_profiles().values()
    seen = examine(chain, host=host, at=at, profiles=profiles)
    assert len(seen.verdicts) == len(profiles)
    assert not any(verdict.ok for verdict in seen.verdicts)
    assert len(horizons(chain, host=host, at=at, profiles=profiles)) <= len(profiles)
    advise(chain, host=host, at=at, profiles=profiles, known=chain.certificates)
    changes(chain, read_chain(ders[1:]), host=host)


@given(data=st.data())
@settings(max_examples=120)
def test_examining_never_raises_for_a_mangled_chain(data: st.DataObject) -> None:
    ders = [leaf("A"), make("A", "B"), make("B", "C"), make("C")]
    for _ in range(data.draw(st.integers(1, 3))):
        which = data.draw(st.integers(0, 3))
        position = data.draw(st.integers(0, len(ders[which]) - 1))
        patch = data.draw(st.binary(min_size=1, max_size=3))
        ders[which] = ders[which][:position] + patch + ders[which][position + len(patch) :]
    anchors = store(make("C"), make("B"))
    profiles = [client(anchors, builder, name=builder) for builder in BUILDERS]
    seen = examine(read_chain(ders), host=HOST, at=NOON, profiles=profiles)
    assert len(seen.verdicts) == len(profiles)
