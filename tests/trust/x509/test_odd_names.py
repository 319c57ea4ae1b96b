"""A character that does not belong into a PrintableString is not a broken certificate."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from app.domain.certificates.findings import Level, Reason
from app.trust.clients.profiles import shipped_profiles
from app.trust.judge import examine
from app.trust.x509.certificate import parse
from app.trust.x509.der import PRINTABLE_STRING, UTF8_STRING, encode
from tests.trust.authorities import HOST, NOON, chain, key, make, store
from tests.trust.authorities import name as named
from tests.trust.test_bad_input import patched

ROOT = make("Root", ends=NOON + timedelta(days=3000))
SUBJECT = "Shop example"


def own(subject: str) -> bytes:
    """A server's certificate whose subject is a PrintableString of these characters."""
    names = x509.SubjectAlternativeName([x509.DNSName(HOST)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(SUBJECT))
        .issuer_name(named("Root"))
        .public_key(key(HOST).public_key())
        .serial_number(2)
        .not_valid_before(NOON - timedelta(days=30))
        .not_valid_after(NOON + timedelta(days=60))
        .add_extension(names, critical=False)
    )
    usual = builder.sign(key("Root"), hashes.SHA256()).public_bytes(Encoding.DER)
    old, new = encode(UTF8_STRING, SUBJECT.encode()), encode(PRINTABLE_STRING, subject.encode())
    return patched(usual, old, new, signed_by="Root")


@pytest.mark.parametrize(
    ("subject", "current"),
    [
        ("Shop-example", Reason.OK),
        ("*.example.se", Reason.OK),
        ("Shop_example", Reason.MALFORMED),
        ("Shop@example", Reason.MALFORMED),
        ("Shop&Co examp"[:12], Reason.MALFORMED),
    ],
)
def test_an_odd_character_in_a_name_stops_only_clients_that_refuse_it(
    subject: str, current: Reason
) -> None:
    der = own(subject)
    assert parse(der).facts.name == subject
    for identity, reason in (("current", current), ("openssl-3", Reason.OK)):
        profile = replace(shipped_profiles()[identity], store=store(ROOT))
        examination = examine(chain(der), host=HOST, at=NOON, profiles=[profile])
        assert examination.verdicts[0].reason is reason
        usual = subject == "Shop-example"
        level = Level.INFO if reason is Reason.OK else Level.ERROR
        assert [one.level for one in examination.findings] == ([] if usual else [level])
