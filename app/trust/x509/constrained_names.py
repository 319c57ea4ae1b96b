"""Comparison of names with name constraints, as different clients do it.

RFC 5280 section 4.2.1.10 leaves out much of what occurs: leading and trailing dots, wildcards,
kinds of names that a client does not compare. What each client does was measured with OpenSSL
3.0.19, Chromium 156 and OpenJDK 17.0.15.
"""

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address
from typing import TypeVar
from urllib.parse import urlsplit

from app.trust.x509.der import SEQUENCE, children, read_one
from app.trust.x509.name_constraints import REGISTERED_ID, AltNames, NameConstraints, Network
from app.trust.x509.normal_names import NameMatching, normalised_name
from app.trust.x509.raw_names import attributes

__all__ = ["constraints_allow"]

# Names times constraints that are compared for one certificate and one authority. OpenSSL
# (NAME_CHECK_MAX), BoringSSL (kMaxChecks) and pyca/cryptography refuse more, Go more than 250,000.
_MOST_COMPARISONS = 1 << 20
# emailAddress (PKCS #9), and the only type of string that OpenSSL accepts for it.
_EMAIL_ADDRESS, _IA5_STRING = bytes.fromhex("2a864886f70d010901"), 0x16
_Name = TypeVar("_Name")
_Tree = TypeVar("_Tree")


def constraints_allow(
    constraints: NameConstraints, subject: bytes, names: AltNames, matching: NameMatching
) -> bool:
    """Return whether these clients allow a certificate with this subject (in DER) and these
    alternative names below the authority.

    Too many names for too many constraints are not compared, and not allowed.
    """
    permitted, excluded = constraints.permitted, constraints.excluded
    if (permitted.size + excluded.size) * _count(names) > _MOST_COMPARISONS:
        return False
    if names.odd_addresses and (permitted.networks or excluded.networks):
        return False  # as OpenSSL does: there is no address to compare
    return (
        not _has_names_to_refuse(constraints, names, matching)
        and _allows_domains(constraints, names.domains, matching)
        and _allowed(names.addresses, permitted.networks, excluded.networks, _NETWORKS[matching])
        and _allows_directories(constraints, (*names.directories, subject), matching)
        and _allows_mailboxes(constraints, _mailboxes(subject, names, matching), matching)
        and _allows_uris(constraints, names.uris, matching)
    )


def _count(names: AltNames) -> int:
    kinds = (names.domains, names.addresses, names.directories, names.mailboxes, names.uris)
    return sum(map(len, kinds)) + 1


def _allowed(
    names: Iterable[_Name],
    permitted: tuple[_Tree, ...],
    excluded: tuple[_Tree, ...],
    covers: Callable[[_Tree, _Name], bool],
) -> bool:
    """Return whether no name is excluded and each one is permitted, where anything is."""
    return all(
        not any(covers(tree, name) for tree in excluded)
        and (not permitted or any(covers(tree, name) for tree in permitted))
        for name in names
    )


def _has_names_to_refuse(
    constraints: NameConstraints, names: AltNames, matching: NameMatching
) -> bool:
    """Return whether names of a kind that these clients do not compare are constrained.

    RFC 5280 refuses them if the constraints are critical, OpenSSL and Java refuse them always:
    OpenSSL only an otherName with the identifier of the constraint.
    """
    permitted, excluded = constraints.permitted, constraints.excluded
    constrained = names.kinds & (permitted.kinds | excluded.kinds)
    if matching is NameMatching.OPENSSL:
        others = names.other_names & (permitted.other_names | excluded.other_names)
        return bool(others) or REGISTERED_ID in constrained
    if matching is NameMatching.CHROMIUM and names.uris and (permitted.uris or excluded.uris):
        return constraints.critical
    return bool(constrained) and (matching is NameMatching.JAVA or constraints.critical)


def _allows_domains(
    constraints: NameConstraints, domains: Iterable[str], matching: NameMatching
) -> bool:
    permitted, excluded = constraints.permitted.domains, constraints.excluded.domains
    names = [name.lower() for name in domains]
    if matching is NameMatching.CHROMIUM:  # which ignores a trailing dot
        permitted, excluded = tuple(map(_absolute, permitted)), tuple(map(_absolute, excluded))
        names = [_absolute(name) for name in names]
    covers = _covers if matching is not NameMatching.JAVA else _covers_in_java
    if not _allowed(names, permitted, (), covers) or not _allowed(names, (), excluded, _covers):
        return False
    # OpenSSL and Java compare a wildcard like any other name.
    if matching in {NameMatching.OPENSSL, NameMatching.JAVA}:
        return True
    return not any(_reaches(name, tree) for name in names for tree in excluded)


def _absolute(name: str) -> str:
    return name.removesuffix(".") or name


def _covers(tree: str, name: str) -> bool:
    # "Any DNS name that can be constructed by adding zero or more labels to the left." A leading
    # dot is not in the RFC but occurs in practice: then at least one label must be added.
    if tree.startswith("."):
        return name.endswith(tree)
    return not tree or name == tree or name.endswith(f".{tree}")


def _covers_in_java(tree: str, name: str) -> bool:
    # DNSName.constrains fails for an empty name, so that nothing is permitted.
    return bool(tree) and _covers(tree, name)


def _reaches(name: str, tree: str) -> bool:
    # `*.example` matches `shop.example`, so excluding the latter excludes the wildcard.
    return name.startswith("*.") and tree.partition(".")[2] == name[2:]


def _contains(network: Network, address: IPv4Address | IPv6Address) -> bool:
    same = network.octets == len(address.packed)
    return same and (int(address) ^ network.base) & network.mask == 0


def _contains_in_java(network: Network, address: IPv4Address | IPv6Address) -> bool:
    # IPAddressName.constrains does not mask the base, so that one with host bits contains nothing.
    same = network.octets == len(address.packed)
    return same and int(address) & network.mask == network.base


def _allows_directories(
    constraints: NameConstraints, names: Iterable[bytes], matching: NameMatching
) -> bool:
    permitted, excluded = constraints.permitted.directories, constraints.excluded.directories
    if not permitted and not excluded:
        return True
    return _allowed(
        [found for name in names if (found := _relatives(name, matching))],
        tuple(_relatives(tree, matching) for tree in permitted),
        tuple(_relatives(tree, matching) for tree in excluded),
        lambda tree, name: name[: len(tree)] == tree,
    )


def _relatives(name: bytes, matching: NameMatching) -> tuple[bytes, ...]:
    """Return the relative distinguished names of a name as these clients compare them."""
    try:
        parts = children(read_one(normalised_name(name, matching), SEQUENCE).content)
        return tuple(part.encoded for part in parts)
    except ValueError:
        return (name,)


def _allows_mailboxes(
    constraints: NameConstraints, mailboxes: list[str] | None, matching: NameMatching
) -> bool:
    permitted, excluded = constraints.permitted.mailboxes, constraints.excluded.mailboxes
    if mailboxes is None:
        return False
    # For Chromium an empty mailbox excludes all, and permits none.
    if matching is NameMatching.CHROMIUM and mailboxes and "" in excluded:
        return False
    return _allowed(mailboxes, permitted, excluded, _MAILBOXES[matching])


def _mailboxes(subject: bytes, names: AltNames, matching: NameMatching) -> list[str] | None:
    """Return the mailboxes to compare; None where these clients refuse how one is written.

    Those in the subject count if there are no alternative names, for OpenSSL always.
    """
    openssl = matching is NameMatching.OPENSSL
    if names.present and not openssl:
        return list(names.mailboxes)
    try:
        written = [value for kind, value in attributes(subject) if kind.content == _EMAIL_ADDRESS]
    except ValueError:
        written = []
    if openssl and any(value.tag != _IA5_STRING for value in written):
        return None
    return [*names.mailboxes, *(value.content.decode("latin-1") for value in written)]


def _covers_mailbox(tree: str, mailbox: str) -> bool:
    # RFC 5280 section 4.2.1.10: one mailbox, all of one host, or with a leading dot of all hosts
    # below a domain.
    local, _, host = mailbox.rpartition("@")
    if "@" in tree:
        wanted, _, at = tree.rpartition("@")
        return (wanted, at.lower()) == (local, host.lower())
    return _covers_host(tree, host)


def _covers_mailbox_in_openssl(tree: str, mailbox: str) -> bool:
    # nc_email takes `@host` for all mailboxes of the host.
    return _covers_mailbox(tree.removeprefix("@"), mailbox)


def _covers_mailbox_in_java(tree: str, mailbox: str) -> bool:
    return _covers_mailbox(tree.lower(), mailbox.lower())  # RFC822Name.constrains


def _covers_host(tree: str, host: str) -> bool:
    wanted, found = tree.lower(), host.lower()
    return found.endswith(wanted) if wanted.startswith(".") else found == wanted


def _allows_uris(
    constraints: NameConstraints, uris: tuple[str, ...], matching: NameMatching
) -> bool:
    """Return whether the hosts of the URIs are allowed. One without a host cannot be compared."""
    permitted, excluded = constraints.permitted.uris, constraints.excluded.uris
    if matching is NameMatching.CHROMIUM or not (permitted or excluded):
        return True  # Chromium does not compare URIs: see _has_names_to_refuse
    hosts = [_host(uri) for uri in uris]
    return all(hosts) and _allowed(hosts, permitted, excluded, _covers_host)


def _host(uri: str) -> str:
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""


_NETWORKS = dict.fromkeys(NameMatching, _contains)
_NETWORKS[NameMatching.JAVA] = _contains_in_java
_MAILBOXES = dict.fromkeys(NameMatching, _covers_mailbox)
_MAILBOXES[NameMatching.OPENSSL] = _covers_mailbox_in_openssl
_MAILBOXES[NameMatching.JAVA] = _covers_mailbox_in_java
