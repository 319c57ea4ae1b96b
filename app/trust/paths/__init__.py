"""Registry of the path builders, one per kind of client."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from app.trust.clients.stores import Store
from app.trust.clients.tolerances import EqualNames, Tolerances
from app.trust.paths.any_path import AnyPaths
from app.trust.paths.outcome import PathOutcome, Paths
from app.trust.paths.served import OpenSslOptions, ServedPaths
from app.trust.x509.chain import Chain

__all__ = ["BUILDERS", "Builder", "EqualNames", "PathOutcome", "Paths", "Tolerances"]

# Returns the paths of a chain that has a readable leaf.
Builder = Callable[[Chain, Store, Tolerances], Paths]


def _any_path(chain: Chain, store: Store, tolerances: Tolerances) -> Paths:
    return AnyPaths(chain, store, tolerances)


def _served_first(chain: Chain, store: Store, tolerances: Tolerances) -> Paths:
    return ServedPaths(chain, store, _options(tolerances, EqualNames.FIRST), tolerances)


def _served_first_alt(chain: Chain, store: Store, tolerances: Tolerances) -> Paths:
    options = _options(tolerances, EqualNames.STORED_IN_DATE, alternative_chains=True)
    return ServedPaths(chain, store, options, tolerances)


def _trusted_first(chain: Chain, store: Store, tolerances: Tolerances) -> Paths:
    options = _options(tolerances, EqualNames.IN_DATE, trusted_first=True)
    return ServedPaths(chain, store, options, tolerances)


def _options(
    tolerances: Tolerances,
    usual: EqualNames,
    *,
    trusted_first: bool = False,
    alternative_chains: bool = False,
) -> OpenSslOptions:
    choice = tolerances.equal_names or usual
    return OpenSslOptions(
        trusted_first=trusted_first,
        alternative_chains=alternative_chains,
        served_in_date=choice is EqualNames.IN_DATE,
        stored_in_date=choice is not EqualNames.FIRST,
        matches_top=choice is EqualNames.IN_DATE,
    )


# One line each: the name in a profile file, and the clients that build paths this way.
BUILDERS: Mapping[str, Builder] = MappingProxyType(
    {
        "any_path": _any_path,  # Go, Java, NSS, webpki, CryptoAPI, Apple, Android 7 and newer
        "served_first": _served_first,  # OpenSSL up to 1.0.1m and 1.0.2a
        "served_first_alt": _served_first_alt,  # OpenSSL 1.0.1n, 1.0.2b and newer 1.0
        "trusted_first": _trusted_first,  # OpenSSL 1.1.0 and newer
    }
)
