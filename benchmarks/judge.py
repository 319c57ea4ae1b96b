"""How fast chains are judged, each figure beside a yardstick measured in the same run.

`python -m benchmarks.judge [LEAVES]`: warm verdicts and exact horizons of one chain, and a fleet
of stored chains judged anew, against `cryptography.x509.verification` on the same chain, which
answers one question for one kind of client. Seconds are of one core (process time).
"""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from time import process_time

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder
from cryptography.x509.verification import Store as VerificationStore

from app.trust.clients.profiles import DEFAULT_PROFILES, Profile, shipped_profiles
from app.trust.clients.stores import Store
from app.trust.horizons import horizons
from app.trust.judge import examine, judge
from app.trust.timeline import clear_timelines
from app.trust.x509.certificate import parse
from app.trust.x509.chain import Chain, read_chain

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
_Key = ec.EllipticCurvePrivateKey


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def make(subject: str, own: _Key, issuer: str, signer: _Key, *, days: int, ca: bool) -> bytes:
    """A certificate as public authorities issue them."""
    usage = dict.fromkeys(
        (
            *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
            *("encipher_only", "decipher_only"),
        ),
        False,
    )
    builder = (
        x509.CertificateBuilder(name(issuer), name(subject), own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOON - 20 * DAY)
        .not_valid_after(NOON + days * DAY)
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **usage),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if not ca:
        names = x509.SubjectAlternativeName([x509.DNSName(subject)])
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(names, critical=False)
        builder = builder.add_extension(purposes, critical=False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)


def rate(ask: Callable[[int], object], times: int) -> float:
    """How many times a second of one core; the best of three runs."""
    best = 0.0
    for _ in range(3):
        began = process_time()
        for number in range(times):
            ask(number)
        best = max(best, times / (process_time() - began))
    return best


def verified(leaf: bytes, inter: bytes, root: bytes, host: str) -> None:
    store = VerificationStore([x509.load_der_x509_certificate(root)])
    verifier = PolicyBuilder().store(store).time(NOON).build_server_verifier(x509.DNSName(host))
    verifier.verify(x509.load_der_x509_certificate(leaf), [x509.load_der_x509_certificate(inter)])


def report(said: str, found: float, yardstick: float, goal: int) -> None:
    print(f"{said:<58} {found:>10,.0f}/s  {found / yardstick:>7.1f} x  goal {goal:>7,}")


def profiles_with(store: Store, names: Sequence[str]) -> list[Profile]:
    """Shipped profiles, but with our own root."""
    shipped = [shipped_profiles()[one] for one in names]
    return [Profile(one.id, one.label, one.builder, store, one.tolerances) for one in shipped]


def one_chain(chain: Chain, host: str, ten: list[Profile], yard: float) -> None:
    def verdict(number: int) -> None:
        judge(chain, host=host, at=NOON, profile=ten[number % 10])

    def horizon(number: int) -> None:
        if number % 10 == 0:
            clear_timelines()
        judge(chain, host=host, at=NOON, profile=ten[number % 10])

    def ahead(_: int) -> None:
        horizons(chain, host=host, at=NOON, profiles=ten)

    report("warm verdicts with their horizons", rate(verdict, 20_000), yard, 50_000)
    report("exact horizons, worked out anew", rate(horizon, 5000), yard, 20_000)
    report("what lies ahead, 10 profiles, with and without renewal", rate(ahead, 500), yard, 2_000)


def stored_fleet(
    fleet: list[Chain], hosts: list[str], usual: list[Profile], ten: list[Profile], yard: float
) -> None:
    def examined(number: int) -> None:
        if number == 0:
            clear_timelines()
        examine(fleet[number], host=hosts[number], at=NOON, profiles=usual)

    def judged(number: int) -> None:
        if number == 0:
            clear_timelines()
        for profile in ten:
            judge(fleet[number], host=hosts[number], at=NOON, profile=profile)

    size = len(fleet)
    report("stored chains judged again, 10 profiles", rate(judged, size), yard, 3_000)
    report("the same with findings and renewal, 2 profiles", rate(examined, size), yard, 3_000)


def main(leaves: int = 2000) -> None:
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
    root = make("Root", keys[0], "Root", keys[0], days=4000, ca=True)
    inter = make("Inter", keys[1], "Root", keys[0], days=900, ca=True)
    hosts = [f"host-{number}.example" for number in range(leaves)]
    ders = [make(host, keys[2], "Inter", keys[1], days=60, ca=False) for host in hosts]
    store = Store("own", [parse(root)])
    ten = profiles_with(store, list(shipped_profiles())[:10])
    fleet = [read_chain([der, inter]) for der in ders]
    yard = rate(lambda _: verified(ders[0], inter, root, hosts[0]), 2000)
    print(f"{'yardstick: cryptography verifies one chain':<58} {yard:>10,.0f}/s")
    one_chain(fleet[0], hosts[0], ten, yard)
    stored_fleet(fleet, hosts, profiles_with(store, DEFAULT_PROFILES), ten, yard)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
