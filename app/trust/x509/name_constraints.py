"""Name constraints of authorities (RFC 5280 section 4.2.1.10)."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from cryptography import x509

__all__ = [
    "UNCONSTRAINED",
    "AltNames",
    "NameConstraints",
    "read_alt_names",
    "read_name_constraints",
]

_Address = IPv4Address | IPv6Address
_Networks = tuple[IPv4Network | IPv6Network, ...]
_Rdn = frozenset[tuple[str, str | bytes]]
_Directory = tuple[_Rdn, ...]

# Names times constraints that are compared for one certificate and one authority. OpenSSL
# (NAME_CHECK_MAX), BoringSSL (kMaxChecks) and pyca/cryptography refuse more, Go more than 250,000.
_MOST_COMPARISONS = 1 << 20
# Kinds of names that no TLS client compares. RFC 5280: a client that does not process a critical
# constraint on a kind of name refuses a certificate with a name of that kind.
_NOT_COMPARED: tuple[type[x509.GeneralName], ...] = (
    x509.OtherName,
    x509.RegisteredID,
    x509.UniformResourceIdentifier,
)


@dataclass(frozen=True, slots=True)
class AltNames:
    """The subject alternative names of a certificate by kind.

    `kinds` are the types of those that no TLS client compares. `odd_addresses` says that one has
    the length of a network.
    """

    domains: tuple[str, ...] = ()
    addresses: tuple[_Address, ...] = ()
    directories: tuple[x509.Name, ...] = ()
    kinds: frozenset[type[x509.GeneralName]] = frozenset()
    odd_addresses: bool = False
    mailboxes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subtrees:
    """One list of subtrees by kind of name. `kinds` are types that no TLS client compares."""

    domains: tuple[str, ...] = ()
    networks: _Networks = ()
    directories: tuple[_Directory, ...] = ()
    kinds: frozenset[type[x509.GeneralName]] = frozenset()
    size: int = 0
    mailboxes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NameConstraints:
    """Permitted and excluded names. A kind of name without permitted subtrees is not restricted.

    `critical` says whether the extension is.
    """

    permitted: Subtrees = Subtrees()
    excluded: Subtrees = Subtrees()
    critical: bool = False

    def allows(
        self, subject: x509.Name | None, names: AltNames, *, wildcards_reach: bool = True
    ) -> bool:
        """Return whether a certificate with these names may be below this authority.

        Too many names for too many constraints are not compared, and not allowed. Unless
        `wildcards_reach`, excluding a name does not exclude the wildcard that matches it.
        """
        constraints = self.permitted.size + self.excluded.size
        count = len(names.domains) + len(names.addresses) + len(names.directories) + 1
        count += len(names.mailboxes)
        if constraints * count > _MOST_COMPARISONS:
            return False
        if self.critical and names.kinds & (self.permitted.kinds | self.excluded.kinds):
            return False
        if names.odd_addresses and (self.permitted.networks or self.excluded.networks):
            return False  # as OpenSSL does: there is no address to compare
        subjects = (*names.directories, *([subject] if subject is not None else []))
        return (
            all(self._allows_domain(one, wildcards_reach=wildcards_reach) for one in names.domains)
            and all(map(self.allows_address, names.addresses))
            and all(map(self.allows_subject, subjects))
            and all(map(self.allows_mailbox, names.mailboxes))
        )

    def allows_domain(self, name: str) -> bool:
        """Return whether a dNSName may be below this authority. `*.example` must be permitted as a
        whole.
        """
        return self._allows_domain(name, wildcards_reach=True)

    def _allows_domain(self, name: str, *, wildcards_reach: bool) -> bool:
        wanted, inside = name.lower(), self.permitted.domains
        excluded = self.excluded.domains
        if any(_covers(tree, wanted) for tree in excluded):
            return False
        if wildcards_reach and any(_reaches(wanted, tree) for tree in excluded):
            return False
        return not inside or any(_covers(tree, wanted) for tree in inside)

    def allows_mailbox(self, mailbox: str) -> bool:
        """Return whether an rfc822Name may be below this authority."""
        if any(_covers_mailbox(tree, mailbox) for tree in self.excluded.mailboxes):
            return False
        inside = self.permitted.mailboxes
        return not inside or any(_covers_mailbox(tree, mailbox) for tree in inside)

    def allows_address(self, address: _Address) -> bool:
        """Return whether an iPAddress may be below this authority."""
        if any(address in network for network in self.excluded.networks):
            return False
        inside = self.permitted.networks
        return not inside or any(address in network for network in inside)

    def allows_subject(self, subject: x509.Name) -> bool:
        """Return whether a subject may be below this authority. An empty one always may."""
        if not self.excluded.directories and not self.permitted.directories:
            return True
        parts = _directory(subject)
        if not parts:
            return True
        if any(parts[: len(tree)] == tree for tree in self.excluded.directories):
            return False
        inside = self.permitted.directories
        return not inside or any(parts[: len(tree)] == tree for tree in inside)


NO_ALT_NAMES = AltNames()
UNCONSTRAINED = NameConstraints()


def read_name_constraints(
    constraints: x509.ExtensionType | None, *, critical: bool = False
) -> NameConstraints:
    """Read a name constraints extension; without one nothing is restricted."""
    if not isinstance(constraints, x509.NameConstraints):
        return UNCONSTRAINED
    return NameConstraints(
        _subtrees(constraints.permitted_subtrees or []),
        _subtrees(constraints.excluded_subtrees or []),
        critical,
    )


def read_alt_names(names: x509.ExtensionType | None) -> AltNames:
    """Read a subject alternative name extension; without one there are no names."""
    if not isinstance(names, x509.SubjectAlternativeName):
        return NO_ALT_NAMES
    addresses = names.get_values_for_type(x509.IPAddress)
    return AltNames(
        tuple(names.get_values_for_type(x509.DNSName)),
        tuple(one for one in addresses if isinstance(one, IPv4Address | IPv6Address)),
        tuple(names.get_values_for_type(x509.DirectoryName)),
        frozenset(type(one) for one in names if isinstance(one, _NOT_COMPARED)),
        odd_addresses=any(isinstance(one, IPv4Network | IPv6Network) for one in addresses),
        mailboxes=tuple(names.get_values_for_type(x509.RFC822Name)),
    )


def _subtrees(names: list[x509.GeneralName]) -> Subtrees:
    addresses = [one.value for one in names if isinstance(one, x509.IPAddress)]
    return Subtrees(
        tuple(one.value.lower() for one in names if isinstance(one, x509.DNSName)),
        tuple(one for one in addresses if isinstance(one, IPv4Network | IPv6Network)),
        tuple(_directory(one.value) for one in names if isinstance(one, x509.DirectoryName)),
        frozenset(type(one) for one in names if isinstance(one, _NOT_COMPARED)),
        len(names),
        tuple(one.value for one in names if isinstance(one, x509.RFC822Name)),
    )


def _directory(name: x509.Name) -> _Directory:
    return tuple(
        frozenset((one.oid.dotted_string, _normalised(one.value)) for one in rdn)
        for rdn in name.rdns
    )


def _normalised(value: str | bytes) -> str | bytes:
    # RFC 5280 section 7.1: case and repeated spaces do not count.
    return " ".join(value.casefold().split()) if isinstance(value, str) else value


def _covers_mailbox(tree: str, mailbox: str) -> bool:
    # RFC 5280 section 4.2.1.10: one mailbox, all of one host, or with a leading dot of all hosts
    # below a domain.
    local, _, host = mailbox.rpartition("@")
    if "@" in tree:
        wanted, _, at = tree.rpartition("@")
        return (wanted, at.lower()) == (local, host.lower())
    return (
        host.lower().endswith(tree.lower())
        if tree.startswith(".")
        else host.lower() == tree.lower()
    )


def _covers(tree: str, name: str) -> bool:
    # "Any DNS name that can be constructed by adding zero or more labels to the left." A leading
    # dot is not in the RFC but occurs in practice: then at least one label must be added.
    if tree.startswith("."):
        return name.endswith(tree)
    return not tree or name == tree or name.endswith(f".{tree}")


def _reaches(name: str, tree: str) -> bool:
    # `*.example` matches `shop.example`, so excluding the latter excludes the wildcard.
    return name.startswith("*.") and tree.lstrip(".").partition(".")[2] == name[2:]
