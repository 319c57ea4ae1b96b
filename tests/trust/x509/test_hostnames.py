import pytest

from app.trust.x509.certificate import parse
from app.trust.x509.hostnames import matches
from tests.trust.authorities import leaf, make


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("shop.example", "shop.example"),
        ("SHOP.example.", "shop.example"),
        ("shop.example", "Shop.EXAMPLE"),
        ("pay.shop.example", "*.shop.example"),
        ("räksmörgås.example", "xn--rksmrgs-5wao1o.example"),
        ("192.0.2.7", "192.0.2.7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("2001:db8:0::7", "2001:db8::7"),
    ],
)
def test_a_certificate_covers_its_hosts(host: str, named: str) -> None:
    assert matches(host, parse(leaf("CA", named)))


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("shop.example", "other.example"),
        ("shop.example", "*.shop.example"),
        ("a.b.shop.example", "*.shop.example"),
        ("pay.shop.example", "p*.shop.example"),
        ("pay.shop.example", "*ay.shop.example"),
        ("pay.shop.example", "pay.*.example"),
        ("shop.example", "*.example"),
        ("shop.example", "shop.example\x00.evil.example"),
        ("shop.example\x00.evil.example", "shop.example\x00.evil.example"),
        ("*.shop.example", "*.shop.exampleX"),
        ("192.0.2.7", "*.0.2.7"),
        ("192.0.2.8", "192.0.2.7"),
        ("", "shop.example"),
        (".shop.example", "*.shop.example"),
        ("a" * 64 + ".shop.example", "*.shop.example"),
    ],
)
def test_a_certificate_does_not_speak_for_others(host: str, named: str) -> None:
    assert not matches(host, parse(leaf("CA", named)))


def test_a_common_name_does_not_count() -> None:
    assert not matches("shop.example", parse(make("shop.example", "CA", ca=False)))
