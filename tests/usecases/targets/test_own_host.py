"""The host of FYR_BASE_URL is a target by itself, and staff read which services fail with it."""

import pytest

from app.domain.errors import ConflictError
from app.usecases.context import Ctx
from app.usecases.page.setup_checklist import SetupTask, setup_steps
from app.usecases.targets import own_host, targets
from app.usecases.targets.own_host import SharedFailure
from tests.cast import BASE_URL
from tests.usecases.alerts.probing import (
    PROFILES,
    WORKER,
    ProbeDriver,
    expired_for_all,
    expired_for_older_clients,
    fine,
    silent,
)

OWN = "status.example.com"


def hosts(ctx: Ctx) -> list[tuple[str, int]]:
    return [(e.host, e.port) for e in targets.list_targets(ctx, cursor=None, limit=9).items]


def start(probing: ProbeDriver, base_url: str = BASE_URL) -> None:
    with probing.database.writing(WORKER) as ctx:
        own_host.ensure_own_target(ctx, base_url)


def shared(probing: ProbeDriver) -> SharedFailure | None:
    with probing.database.reading(WORKER) as ctx:
        return own_host.shared_failure(ctx, BASE_URL, PROFILES)


@pytest.mark.parametrize(
    ("base_url", "found"),
    [
        (BASE_URL, [(OWN, 443)]),
        ("https://STATUS.example.com:8443", [(OWN, 8443)]),
        ("https://månad.example", [("xn--mnad-qoa.example", 443)]),
        ("https://[2001:db8::1]", [("2001:db8::1", 443)]),
        ("http://status.example.com", []),
        ("https://a..b", []),
        ("", []),
    ],
)
def test_the_host_of_the_page_becomes_a_target_once(
    sqlite_probing: ProbeDriver, base_url: str, found: list[tuple[str, int]]
) -> None:
    for _ in range(2):
        start(sqlite_probing, base_url)
    with sqlite_probing.database.reading(WORKER) as ctx:
        assert hosts(ctx) == found


def test_the_target_of_the_page_stays_while_the_setting_names_it(
    sqlite_probing: ProbeDriver,
) -> None:
    start(sqlite_probing)
    other = sqlite_probing.add_target("pay.example", "payments")
    with sqlite_probing.database.writing(WORKER) as ctx:
        found = targets.list_targets(ctx, cursor=None, limit=9).items
        (own,) = (each.id for each in found if each.host == OWN)
        own_host.check_deletable(ctx, BASE_URL, other)
        own_host.check_deletable(ctx, "https://moved.example.com", own)
        with pytest.raises(ConflictError) as refusal:
            own_host.check_deletable(ctx, BASE_URL, own)
        assert refusal.value.code == "own_target"


def test_staff_read_that_the_page_fails_for_the_same_clients_as_a_service(
    sqlite_probing: ProbeDriver,
) -> None:
    probing = sqlite_probing
    start(probing)
    probing.servers[OWN] = fine
    probing.add_target("pay.example", "payments")
    probing.add_target("park.example", "parking")
    probing.add_target("nobody.example")
    probing.serve(expired_for_older_clients, "pay.example", OWN, "nobody.example")
    probing.serve(silent, "park.example")
    probing.let_pass(minutes=5)
    found = shared(probing)
    assert found is not None
    assert [dict(each)["sv"] for each in found.services] == ["Kortbetalningar"]
    assert [each.id for each in found.clients] == ["legacy-openssl"]
    # Nothing of it is public: the target of the page names no service.
    named = [{each.slug for each in one.incident.services} for one in probing.incidents()]
    assert sorted(map(sorted, named)) == [["parking"], ["payments"]]

    probing.serve(fine, OWN)
    probing.let_pass(minutes=5)
    assert shared(probing) is None


def test_a_page_that_fails_alone_is_no_shared_failure(sqlite_probing: ProbeDriver) -> None:
    start(sqlite_probing)
    sqlite_probing.servers[OWN] = expired_for_all
    sqlite_probing.add_target("pay.example", "payments")
    sqlite_probing.let_pass(minutes=5)
    assert shared(sqlite_probing) is None


def test_the_target_of_the_page_is_no_step_of_the_setup(sqlite_probing: ProbeDriver) -> None:
    start(sqlite_probing)

    def is_detection_done() -> bool:
        with sqlite_probing.database.reading(WORKER) as ctx:
            steps = {each.task: each.is_done for each in setup_steps(ctx, BASE_URL)}
        return steps[SetupTask.DETECTION]

    assert not is_detection_done()
    sqlite_probing.add_target("pay.example", "payments")
    assert is_detection_done()
