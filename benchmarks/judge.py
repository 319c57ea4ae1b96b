"""Judgement of certificate chains: verdicts and horizons per second of processor time.

`python -m benchmarks.judge [LEAVES]` judges one chain with a warm and with an empty cache, then
LEAVES stored chains. The yardstick is `cryptography.x509.verification`, measured in this run: it
verifies one chain for one kind of client.
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
from app.trust.shared_timelines import clear_timelines
from app.trust.x509.certificate import parse
from app.trust.x509.chain import Chain, read_chain
from benchmarks import goals

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
_Key = ec.EllipticCurvePrivateKey


def name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def make_certificate(
    subject: str, subject_key: _Key, issuer: str, issuer_key: _Key, *, days: int, ca: bool
) -> bytes:
    """A DER certificate with the extensions that public authorities set."""
    key_usage = dict.fromkeys(
        (
            *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
            *("encipher_only", "decipher_only"),
        ),
        False,
    )
    builder = (
        x509.CertificateBuilder(name(issuer), name(subject), subject_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOON - 20 * DAY)
        .not_valid_after(NOON + days * DAY)
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **key_usage),
            critical=True,
        )
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(subject_key.public_key()), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if not ca:
        names = x509.SubjectAlternativeName([x509.DNSName(subject)])
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(names, critical=False)
        builder = builder.add_extension(purposes, critical=False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.DER)


def calls_per_second(call: Callable[[int], object], times: int) -> float:
    """Calls per second of processor time, the best of three runs."""
    best = 0.0
    for _ in range(3):
        started = process_time()
        for number in range(times):
            call(number)
        best = max(best, times / (process_time() - started))
    return best


def verify(leaf: bytes, intermediate: bytes, root: bytes, host: str) -> None:
    store = VerificationStore([x509.load_der_x509_certificate(root)])
    verifier = PolicyBuilder().store(store).time(NOON).build_server_verifier(x509.DNSName(host))
    verifier.verify(
        x509.load_der_x509_certificate(leaf), [x509.load_der_x509_certificate(intermediate)]
    )


def report(label: str, per_second: float, yardstick: float, goal: int) -> None:
    print(f"{label:<58} {per_second:>10,.0f}/s  {per_second / yardstick:>7.1f} x  goal {goal:>7,}")


def profiles_with(store: Store, names: Sequence[str]) -> list[Profile]:
    """The shipped profiles with these names, with `store` as their trust store."""
    shipped = [shipped_profiles()[one] for one in names]
    return [Profile(one.id, one.label, one.builder, store, one.tolerances) for one in shipped]


def measure_one_chain(
    chain: Chain, host: str, ten_profiles: list[Profile], yardstick_rate: float
) -> None:
    def cached_verdict(number: int) -> None:
        judge(chain, host=host, at=NOON, profile=ten_profiles[number % 10])

    def uncached_verdict(number: int) -> None:
        if number % 10 == 0:
            clear_timelines()
        judge(chain, host=host, at=NOON, profile=ten_profiles[number % 10])

    def all_horizons(_: int) -> None:
        horizons(chain, host=host, at=NOON, profiles=ten_profiles)

    report(
        "verdicts with horizons, warm cache",
        calls_per_second(cached_verdict, 20_000),
        yardstick_rate,
        50_000,
    )
    report(
        "verdicts with horizons, empty cache",
        calls_per_second(uncached_verdict, 5000),
        yardstick_rate,
        20_000,
    )
    report(
        "horizons of 10 profiles, with and without renewal",
        calls_per_second(all_horizons, 500),
        yardstick_rate,
        2_000,
    )


def measure_stored_chains(
    chains: list[Chain],
    hosts: list[str],
    default_profiles: list[Profile],
    ten_profiles: list[Profile],
    yardstick_rate: float,
) -> None:
    def examine_chain(number: int) -> None:
        if number == 0:
            clear_timelines()
        examine(chains[number], host=hosts[number], at=NOON, profiles=default_profiles)

    def judge_chain(number: int) -> None:
        if number == 0:
            clear_timelines()
        for profile in ten_profiles:
            judge(chains[number], host=hosts[number], at=NOON, profile=profile)

    size = len(chains)
    per_second = calls_per_second(judge_chain, size)
    report("stored chains, verdicts for 10 profiles", per_second, yardstick_rate, 4_000)
    goals.record("fleet", f"{per_second:,.0f}/s")
    report(
        "stored chains, findings and horizons, 2 profiles",
        calls_per_second(examine_chain, size),
        yardstick_rate,
        4_000,
    )


def main(leaves: int = 2000) -> None:
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
    root = make_certificate("Root", keys[0], "Root", keys[0], days=4000, ca=True)
    intermediate = make_certificate("Inter", keys[1], "Root", keys[0], days=900, ca=True)
    hosts = [f"host-{number}.example" for number in range(leaves)]
    leaves_der = [
        make_certificate(host, keys[2], "Inter", keys[1], days=60, ca=False) for host in hosts
    ]
    store = Store("own", [parse(root)])
    ten_profiles = profiles_with(store, list(shipped_profiles())[:10])
    chains = [read_chain([der, intermediate]) for der in leaves_der]
    yardstick_rate = calls_per_second(
        lambda _: verify(leaves_der[0], intermediate, root, hosts[0]), 2000
    )
    print(f"{'yardstick: cryptography verifies one chain':<58} {yardstick_rate:>10,.0f}/s")
    measure_one_chain(chains[0], hosts[0], ten_profiles, yardstick_rate)
    measure_stored_chains(
        chains, hosts, profiles_with(store, DEFAULT_PROFILES), ten_profiles, yardstick_rate
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
