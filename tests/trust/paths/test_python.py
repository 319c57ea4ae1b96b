"""The profile of Python 3.13 says what OpenSSL says in strict mode and with partial chains."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from app.domain.certificates.findings import Reason
from app.trust.clients.profiles import shipped_profiles
from app.trust.judge import judge
from tests.trust.authorities import HOST, NOON, chain, make, name, store
from tests.trust.conforming import AKI, Changes, issue, raw, usage
from tests.trust.x509.test_chain import pem

OPENSSL = shutil.which("openssl")
ROOT = issue("Root", "Root", {}, authority=True)
INTER = issue("Inter", "Root", {}, authority=True)
LEAF = issue(HOST, "Inter", {})
UPPER = issue("Upper", "Root", {}, authority=True)
LOWER = issue("Lower", "Upper", {}, authority=True)
BASIC = x509.BasicConstraints(ca=True, path_length=None)
SELF_SIGNED = make(HOST, ca=False, hosts=(HOST,))
SIGNING: Changes = {"keyUsage": (usage("digital_signature", "key_cert_sign"), True)}
ISSUER_AND_SERIAL = AKI(None, [x509.DirectoryName(name("Root"))], 7)


def leaf(changes: Changes) -> tuple[tuple[bytes, ...], bytes]:
    return (issue(HOST, "Inter", changes), INTER), ROOT


def inter(changes: Changes) -> tuple[tuple[bytes, ...], bytes]:
    return (LEAF, issue("Inter", "Root", changes, authority=True)), ROOT


def root(changes: Changes) -> tuple[tuple[bytes, ...], bytes]:
    return (LEAF, INTER), issue("Root", "Root", changes, authority=True)


ACCEPTED = {
    "all in order": leaf({}),
    "a leaf that is an authority": leaf({"basicConstraints": (BASIC, True), **SIGNING}),
    "a leaf that is trusted itself": ((LEAF,), LEAF),
    "a self-signed leaf without key identifiers": ((SELF_SIGNED,), SELF_SIGNED),
    "a trusted intermediate": ((LEAF,), INTER),
    "a trusted intermediate without AKI": (
        (LEAF,),
        issue("Inter", "Root", {"authorityKeyIdentifier": None}, authority=True),
    ),
    "a trusted authority above the served ones": ((issue(HOST, "Lower", {}), LOWER), UPPER),
    "a root without AKI": root({"authorityKeyIdentifier": None}),
}
REFUSED = {
    "no AKI": leaf({"authorityKeyIdentifier": None}),
    "AKI without a key": leaf({"authorityKeyIdentifier": (ISSUER_AND_SERIAL, False)}),
    "keyCertSign without the CA flag": leaf(SIGNING),
    "path length without the CA flag": leaf(
        {"basicConstraints": raw("2.5.29.19", bytes.fromhex("3003020100"), critical=True)}
    ),
    "intermediate without AKI": inter({"authorityKeyIdentifier": None}),
    "intermediate without SKI": inter({"subjectKeyIdentifier": None}),
    "intermediate without key usage": inter({"keyUsage": None}),
    "uncritical basic constraints": inter({"basicConstraints": (BASIC, False)}),
    "empty alternative names": inter({"names": raw("2.5.29.17", b"\x30\x00")}),
    "root without SKI": root({"subjectKeyIdentifier": None}),
    "root without key usage": root({"keyUsage": None}),
    "root with uncritical basic constraints": root({"basicConstraints": (BASIC, False)}),
}


@pytest.mark.parametrize("case", [*ACCEPTED, *REFUSED])
def test_python_is_judged_as_openssl_judges_in_strict_mode(case: str, tmp_path: Path) -> None:
    ders, trusted = {**ACCEPTED, **REFUSED}[case]
    own = shipped_profiles()["python-3.13"]
    tolerances = replace(own.tolerances, programme=None)
    profile = replace(own, store=store(trusted), tolerances=tolerances)
    verdict = judge(chain(*ders), host=HOST, at=NOON, profile=profile)
    assert verdict.reason is (Reason.OK if case in ACCEPTED else Reason.NOT_CONFORMING)
    if OPENSSL is not None:
        assert is_accepted_by_openssl(ders, trusted, tmp_path) is verdict.ok


def is_accepted_by_openssl(ders: tuple[bytes, ...], trusted: bytes, folder: Path) -> bool:
    for file, content in (("root", trusted), ("leaf", ders[0])):
        (folder / file).write_bytes(pem(content))
    (folder / "rest").write_bytes(b"".join(map(pem, ders[1:])))
    options = ["-x509_strict", "-partial_chain", "-auth_level", "2", "-purpose", "sslserver"]
    asked = ["-no-CApath", "-no-CAstore", "-verify_hostname", HOST]
    at = ["-attime", str(int(NOON.timestamp())), "-CAfile", "root"]
    untrusted = ["-untrusted", "rest"] if ders[1:] else []
    done = subprocess.run(  # fixed arguments
        [OPENSSL or "openssl", "verify", *options, *asked, *at, *untrusted, "leaf"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def test_other_clients_accept_what_python_refuses_for_its_strictness() -> None:
    for case in REFUSED.keys() - {"empty alternative names"}:
        ders, trusted = REFUSED[case]
        for identity in ("current", "openssl-3", "java"):
            profile = replace(shipped_profiles()[identity], store=store(trusted))
            assert judge(chain(*ders), host=HOST, at=NOON, profile=profile).ok, (case, identity)


def test_openssl_refuses_curves_that_are_written_out_unless_the_leaf_is_trusted_itself() -> None:
    for identity in ("openssl-3", "python-3.13"):
        rules = shipped_profiles()[identity].tolerances
        assert "ec_parameters" in rules.path_conformance
        assert "ec_parameters" not in rules.conformance
