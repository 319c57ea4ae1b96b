"""Agreement with what real OpenSSL versions answered: verdict, reason, depth and path."""

import gzip
import json
from collections.abc import Mapping
from typing import Any

import pytest

from app.domain.certificates.findings import Reason
from app.trust.clients.stores import Store
from app.trust.paths import BUILDERS, EqualNames, Tolerances
from app.trust.x509.certificate import Certificate, parse
from app.trust.x509.chain import Chain, pem_blocks
from tests.trust.real import GOLDEN, GOLDEN_CERTIFICATES, needs

pytestmark = needs(GOLDEN, GOLDEN_CERTIFICATES)

LIBRARIES: Mapping[str, tuple[str, EqualNames]] = {
    "openssl-0.9.8e": ("served_first", EqualNames.FIRST),
    "openssl-1.0.2l": ("served_first_alt", EqualNames.STORED_IN_DATE),
    "openssl-1.0.2q": ("served_first_alt", EqualNames.STORED_IN_DATE),
    "openssl-1.0.2q-no-alt-chains": ("served_first", EqualNames.STORED_IN_DATE),
    "openssl-1.0.2q-trusted-first": ("trusted_first", EqualNames.STORED_IN_DATE),
    "openssl-3.0.22": ("trusted_first", EqualNames.IN_DATE),
    "openssl-3.0.22-no-trusted-first": ("served_first_alt", EqualNames.IN_DATE),
}
# X509_V_ERR_* by our reason.
CODES: Mapping[Reason, frozenset[int]] = {
    Reason.OK: frozenset({0}),
    Reason.BAD_SIGNATURE: frozenset({7}),
    Reason.NOT_YET_VALID: frozenset({9}),
    Reason.EXPIRED: frozenset({10}),
    Reason.SELF_SIGNED: frozenset({18, 19}),
    Reason.ISSUER_UNKNOWN: frozenset({2, 20, 21}),
}


@pytest.fixture(scope="module")
def golden() -> Any:  # noqa: ANN401  # JSON
    return json.loads(gzip.decompress(GOLDEN.read_bytes()))


@pytest.fixture(scope="module")
def certificates() -> Mapping[str, Certificate]:
    packed = gzip.decompress(GOLDEN_CERTIFICATES.read_bytes())
    return {one.fingerprint: one for one in map(parse, pem_blocks(packed))}


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_golden_case_is_answered_as_the_library_did(
    library: str,
    golden: Any,  # noqa: ANN401
    certificates: Mapping[str, Certificate],
) -> None:
    if library not in golden["libraries"]:
        pytest.skip(f"{library} is not in this golden file")
    different = _differences(library, *LIBRARIES[library], golden, certificates)
    assert different == []


def test_the_golden_cases_distinguish_the_builders(
    golden: Any,  # noqa: ANN401
    certificates: Mapping[str, Certificate],
) -> None:
    if "openssl-3.0.22" not in golden["libraries"]:
        pytest.skip("openssl-3.0.22 is not in this golden file")
    wrong = _differences("openssl-3.0.22", "served_first", EqualNames.FIRST, golden, certificates)
    assert len(wrong) > 50


def _differences(
    library: str,
    builder: str,
    names: EqualNames,
    golden: Any,  # noqa: ANN401
    certificates: Mapping[str, Certificate],
) -> list[int]:
    stores = {
        name: Store(name, tuple(certificates[one] for one in fingerprints))
        for name, fingerprints in golden["stores"].items()
    }
    tolerances = Tolerances(equal_names=names)
    different = []
    for number, case in enumerate(golden["cases"]):
        chain = Chain(tuple(certificates[one] for one in (case["leaf"], *case["served"])))
        outcome = BUILDERS[builder](chain, stores[case["store"]], tolerances).at(case["time"])
        _, code, depth, path = case["results"][library]
        actual = [one.fingerprint for one in outcome.path]
        stopped = (
            outcome.path.index(outcome.blamed_certificate) if outcome.blamed_certificate else 0
        )
        if code not in CODES[outcome.reason] or actual != path or stopped != depth:
            different.append(number)
    return different
