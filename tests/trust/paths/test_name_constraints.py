"""Name constraints hold for every certificate below the authority, and for every kind of name."""

from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from app.domain.certificates.findings import Reason, Verdict
from app.trust.clients.profiles import Profile
from app.trust.clients.stores import Store
from app.trust.clients.tolerances import Tolerances
from app.trust.judge import judge
from app.trust.paths import BUILDERS
from tests.trust.authorities import HOST, NOON, chain, leaf, make, store

OTHER = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.55555.3"), b"\x05\x00")


def judged(*ders: bytes, roots: Store, builder: str = "any_path", host: str = HOST) -> Verdict:
    profile = Profile("p", {}, builder, roots, Tolerances())
    return judge(chain(*ders), host=host, at=NOON, profile=profile)


def constraints(
    *permitted: x509.GeneralName,
    excluded: tuple[x509.GeneralName, ...] = (),
    critical: bool = True,
) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    return ((x509.NameConstraints(permitted or None, excluded or None), critical),)


def alt_names(*names: x509.GeneralName) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    return ((x509.SubjectAlternativeName([x509.DNSName(HOST), *names]), False),)


def directory(common: str) -> x509.DirectoryName:
    return x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)]))


FORBIDS = constraints(excluded=(x509.DNSName("forbidden.example"),))


@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize("where", ["Upper", "Root"])
def test_an_intermediate_with_a_forbidden_name_is_refused(builder: str, where: str) -> None:
    upper = make("Upper", "Root", extensions=FORBIDS if where == "Upper" else ())
    root = make("Root", extensions=FORBIDS if where == "Root" else ())
    named = make("Inter", "Upper", hosts=("forbidden.example",))
    verdict = judged(leaf("Inter"), named, upper, roots=store(root), builder=builder)
    assert verdict.reason is Reason.NAME_NOT_PERMITTED
    assert verdict.blamed_certificate is not None
    assert verdict.blamed_certificate.name == where
    fine = make("Inter", "Upper", hosts=("inter.example",))
    assert judged(leaf("Inter"), fine, upper, roots=store(root), builder=builder).ok


def test_a_self_issued_intermediate_is_exempt_and_a_self_issued_leaf_is_not() -> None:
    root = make("Root", extensions=FORBIDS)
    rekeyed = make("Root", held_by="Fresh", hosts=("forbidden.example",), serial=2)
    own = make(HOST, "Root", ca=False, hosts=(HOST,), signed_by="Fresh")
    assert judged(own, rekeyed, roots=store(root)).ok
    top = make(HOST, extensions=FORBIDS, held_by="Top", signed_by="Top")
    same = make(HOST, ca=False, hosts=(HOST, "forbidden.example"), signed_by="Top")
    assert judged(same, roots=store(top)).reason is Reason.NAME_NOT_PERMITTED


def test_of_two_intermediates_of_one_name_the_permitted_one_is_taken() -> None:
    root = make("Root", extensions=FORBIDS)
    upper = make("Upper", "Root")
    forbidden = make("Inter", "Upper", hosts=("forbidden.example",))
    fine = make("Inter", "Upper", serial=2)
    for served in ((forbidden, fine), (fine, forbidden)):
        assert judged(leaf("Inter"), *served, upper, roots=store(root)).ok


@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize(
    ("extensions", "names", "allowed"),
    [
        (constraints(directory(HOST)), (directory(HOST),), True),
        (constraints(directory(HOST)), (directory("Somebody"),), False),
        (constraints(directory(HOST.upper())), (), True),
        (constraints(excluded=(directory("Some  Body"),)), (directory("some body"),), False),
        (constraints(excluded=(OTHER,)), (OTHER,), False),
        (constraints(excluded=(OTHER,)), (), True),
        (constraints(excluded=(OTHER,), critical=False), (OTHER,), True),
        (constraints(excluded=(OTHER,)), (x509.RFC822Name("a@shop.example"),), True),
        (constraints(x509.DNSName(HOST), critical=False), (x509.DNSName("a.example"),), False),
    ],
)
def test_name_constraints_hold_for_every_kind_of_name(
    builder: str,
    extensions: tuple[tuple[x509.ExtensionType, bool], ...],
    names: tuple[x509.GeneralName, ...],
    *,
    allowed: bool,
) -> None:
    inter = make("Inter", "Root", extensions=extensions)
    own = make(HOST, "Inter", ca=False, extensions=alt_names(*names))
    verdict = judged(own, inter, roots=store(make("Root")), builder=builder)
    assert verdict.reason is (Reason.OK if allowed else Reason.NAME_NOT_PERMITTED)


@pytest.mark.parametrize("builder", BUILDERS)
def test_too_many_names_for_too_many_constraints_are_refused(builder: str) -> None:
    def permitted(count: int) -> bytes:
        trees = [x509.DNSName("example"), *(x509.DNSName(f"x{n}.test") for n in range(count))]
        return make("Inter", "Root", extensions=constraints(*trees))

    hosts = (HOST, *(str(ip_address(number)) for number in range(1, 1025)))
    many = make(HOST, "Inter", ca=False, hosts=hosts)
    roots = store(make("Root"))
    assert judged(many, permitted(200), roots=roots, builder=builder).ok
    verdict = judged(many, permitted(1024), roots=roots, builder=builder)
    assert verdict.reason is Reason.NAME_NOT_PERMITTED
