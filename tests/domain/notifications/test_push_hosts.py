"""Hosts of push services."""

import pytest

from app.domain.notifications.push_hosts import DEFAULT_PUSH_HOSTS, is_push_host


@pytest.mark.parametrize(
    "host",
    [
        "fcm.googleapis.com",
        "web.push.apple.com",
        "wns2-par02p.notify.windows.com",
        "updates.push.services.mozilla.com",
    ],
)
def test_the_hosts_of_known_push_services_are_accepted(host: str) -> None:
    assert is_push_host(host, DEFAULT_PUSH_HOSTS)


@pytest.mark.parametrize(
    "host",
    [
        "push.apple.com.evil.example",
        "evilpush.apple.com",
        "push.apple.com",
        "fcm.example",
        "fc00",
        "",
    ],
)
def test_a_foreign_push_host_is_refused(host: str) -> None:
    assert not is_push_host(host, DEFAULT_PUSH_HOSTS)


def test_a_host_whose_name_begins_with_fc_is_no_address() -> None:
    assert is_push_host("fcm.googleapis.com", ("fcm.googleapis.com",))
