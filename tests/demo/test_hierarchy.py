"""The demo's hierarchy tells the story of 2021."""

from datetime import UTC, datetime, timedelta

import pytest

from app.demo.hierarchy import Hierarchy, Served, make_hierarchy
from app.domain.certificates.findings import Reason, Tier, Verdict
from app.trust.clients.profiles import Profile
from app.trust.clients.stores import store_from_pem
from app.trust.judge import examine
from app.trust.paths import Tolerances
from app.trust.x509.chain import read_pem

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ENDS = NOW + timedelta(seconds=20)
HOST = "pay.example"


@pytest.fixture(scope="module")
def hierarchy() -> Hierarchy:
    return make_hierarchy(NOW, expires_at=ENDS)


def verdicts(hierarchy: Hierarchy, served: Served, at: datetime) -> dict[str, Verdict]:
    new = store_from_pem("new", hierarchy.new_root.pem)
    both = store_from_pem("both", hierarchy.old_root.pem + hierarchy.new_root.pem)
    loose = Tolerances(anchor_expiry=False)
    profiles = [
        Profile("current", {"en": "x"}, "any_path", new, loose),
        Profile("legacy", {"en": "x"}, "served_first_alt", both, tier=Tier.LEGACY),
    ]
    seen = examine(read_pem(served.chain), host=HOST, at=at, profiles=profiles)
    return {verdict.profile: verdict for verdict in seen.verdicts}


def test_all_clients_connect_until_the_old_root_ends(hierarchy: Hierarchy) -> None:
    long_chain = hierarchy.long_chain([HOST], now=NOW)
    found = verdicts(hierarchy, long_chain, NOW)
    assert [verdict.reason for verdict in found.values()] == [Reason.OK, Reason.OK]
    assert found["legacy"].until == ENDS


def test_then_only_older_clients_fail_over_the_old_root(hierarchy: Hierarchy) -> None:
    long_chain = hierarchy.long_chain([HOST], now=NOW)
    found = verdicts(hierarchy, long_chain, ENDS)
    assert found["current"].ok
    assert found["legacy"].reason is Reason.EXPIRED
    assert found["legacy"].blamed_certificate is not None
    assert found["legacy"].blamed_certificate.name == "Demo Old Root X3"


def test_the_short_chain_repairs_it(hierarchy: Hierarchy) -> None:
    short_chain = hierarchy.short_chain([HOST], now=NOW)
    assert all(verdict.ok for verdict in verdicts(hierarchy, short_chain, ENDS).values())


def test_the_chains_are_of_the_shape_of_2021(hierarchy: Hierarchy) -> None:
    served = read_pem(hierarchy.long_chain([HOST, "127.0.0.1"], now=NOW).chain)
    issuers = [facts.issuer.partition(",")[0] for facts in served.facts]
    assert [facts.name for facts in served.facts] == [HOST, "Demo Intermediate R3", "Demo Root X1"]
    assert issuers == ["CN=Demo Intermediate R3", "CN=Demo Root X1", "CN=Demo Old Root X3"]
    assert len(read_pem(hierarchy.short_chain([HOST], now=NOW).chain).certificates) == 2
