from app.domain.notifications.bounce_addresses import (
    bounce_address,
    bounce_key,
    bounce_mac,
    delivery_in,
)

BASE = "bounces@example.com"
DELIVERY = "abcdef123456"
KEY = bounce_key(b"s" * 32)
MAC = bounce_mac(KEY, DELIVERY)


def test_the_address_of_a_delivery_names_it_again_in_any_case() -> None:
    address = bounce_address(BASE, DELIVERY, MAC)
    assert address == f"bounces+{DELIVERY}-{MAC}@example.com"
    for spelled in (address, f"<{address}>", address.upper(), f" {address} "):
        assert delivery_in(spelled, BASE) == (DELIVERY, MAC)


def test_the_mac_depends_on_the_subscriber_and_the_delivery() -> None:
    assert len({MAC, bounce_mac(bounce_key(b"t"), DELIVERY), bounce_mac(KEY, "abcdef123457")}) == 3


def test_other_addresses_name_no_delivery() -> None:
    others = [
        "",
        BASE,
        f"bounces+{DELIVERY}@example.com",
        f"bounces+{DELIVERY}-{MAC}@example.net",
        f"other+{DELIVERY}-{MAC}@example.com",
        f"bounces+{DELIVERY}-{MAC}x@example.com",
        f"bounces+{DELIVERY[:-1]}-{MAC}@example.com",
    ]
    assert [delivery_in(each, BASE) for each in others] == [None] * len(others)
