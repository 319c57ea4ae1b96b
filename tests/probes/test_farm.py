"""Each way in which a server can be broken is named, and nothing worse is reported besides."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import pytest

from app.domain.certificates.findings import Examination, Level
from app.domain.certificates.probe_results import EndpointScan
from app.trust.changes import changes
from app.trust.clients.profiles import shipped_profiles
from app.trust.scan import examine_scan
from app.trust.x509.chain import read_chain
from tests.probes.failure_cases import ALL, BROKEN, FIRST, HEALTHY, UNSEEN
from tests.probes.farm import scan_all
from tests.trust.authorities import HOST, NOON


@pytest.fixture(scope="module")
def surveys() -> dict[str, EndpointScan]:
    """What was seen on the farm: all of it, once."""
    return asyncio.run(scan_all({name: each.endpoint for name, each in ALL.items()}))


def meaning(name: str, seen: EndpointScan) -> Examination:
    return examine_scan(seen, at=NOON, profiles=ALL[name].clients)


def named(seen: Examination, levels: Iterable[Level]) -> set[str]:
    return {one.code.removeprefix("finding.") for one in seen.findings if one.level in set(levels)}


@pytest.mark.parametrize("name", [*HEALTHY, *BROKEN])
def test_each_fault_is_named_and_no_other(name: str, surveys: dict[str, EndpointScan]) -> None:
    seen = meaning(name, surveys[name])
    assert seen.failure is None
    assert named(seen, [Level.WARNING, Level.ERROR]) == set(ALL[name].loud)
    assert named(seen, [Level.INFO]) >= set(ALL[name].quiet)


@pytest.mark.parametrize("name", UNSEEN)
def test_each_failure_has_its_stage_and_code(name: str, surveys: dict[str, EndpointScan]) -> None:
    seen = meaning(name, surveys[name])
    assert seen.failure is not None
    assert (seen.failure.stage, seen.failure.code) == ALL[name].failure
    assert seen.verdicts == ()


@pytest.mark.parametrize("name", HEALTHY)
def test_no_kind_of_client_gives_an_alarm_at_a_healthy_server(
    name: str, surveys: dict[str, EndpointScan]
) -> None:
    roots = ALL[name].clients[0].store
    every = [
        replace(one, store=roots)
        for one in shipped_profiles().values()
        if one.id != "python-3.13"  # needs key identifiers
    ]
    seen = examine_scan(surveys[name], at=NOON, profiles=every)
    assert named(seen, [Level.WARNING, Level.ERROR]) == set()


def test_what_changed_between_two_probes_is_reported(surveys: dict[str, EndpointScan]) -> None:
    before, key_kept, other_chain = (
        read_chain(surveys[name].chains[FIRST])
        for name in ("healthy", "leaf expires soon", "healthy, cross-signed")
    )
    renewed = {one.code for one in changes(before, key_kept, host=HOST)}
    assert renewed == {"change.renewed"}
    assert {one.code for one in changes(before, other_chain, host=HOST)} == {
        "change.cross_sign_new"
    }
