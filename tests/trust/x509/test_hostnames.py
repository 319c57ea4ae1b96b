import pytest

from app.trust.x509.certificate import parse
from app.trust.x509.hostnames import HostRules, matches
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


def test_a_common_name_counts_for_those_who_let_it_count_where_no_dns_name_is() -> None:
    bare = parse(make("*.shop.example", "CA", ca=False))
    address = parse(make("*.shop.example", "CA", ca=False, hosts=("192.0.2.7",)))
    named = parse(make("*.shop.example", "CA", ca=False, hosts=("other.example",)))
    counting = HostRules(common_names=True)
    for certificate, expected in ((bare, True), (address, True), (named, False)):
        assert not matches("pay.shop.example", certificate)
        assert matches("pay.shop.example", certificate, counting) is expected
    assert not matches("192.0.2.7", parse(make("192.0.2.7", "CA", ca=False)), counting)


@pytest.mark.parametrize(
    ("host", "wildcard", "accepted"),
    [
        ("a.co.uk", "*.co.uk", False),
        ("a.gc.ca", "*.gc.ca", False),
        ("a.github.io", "*.github.io", True),  # a suffix of a company
        ("a.kawasaki.jp", "*.kawasaki.jp", True),  # where `a` is part of the suffix
        ("a.shop.co.uk", "*.shop.co.uk", True),
        ("a.corp.internal", "*.corp.internal", True),
    ],
)
def test_a_wildcard_below_a_public_suffix_matches_nothing_for_browsers(
    host: str,
    wildcard: str,
    accepted: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    certificate = parse(leaf("CA", wildcard))
    assert matches(host, certificate)
    assert matches(host, certificate, HostRules(suffix_wildcards=False)) is accepted


def test_a_final_dot_in_a_certificate_counts_but_for_browsers() -> None:
    certificate = parse(leaf("CA", "shop.example."))
    assert not matches("shop.example", certificate)
    assert matches("shop.example", certificate, HostRules(final_dots=True))
