"""Name constraints of authorities (RFC 5280 section 4.2.1.10)."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from cryptography import x509

__all__ = ["UNCONSTRAINED", "NameConstraints", "read_name_constraints"]

_Networks = tuple[IPv4Network | IPv6Network, ...]
_Names = tuple[tuple[x509.RelativeDistinguishedName, ...], ...]


@dataclass(frozen=True, slots=True)
class Subtrees:
    """One list of subtrees by kind of name, without the kinds that no TLS client compares."""

    domains: tuple[str, ...] = ()
    networks: _Networks = ()
    directories: _Names = ()


@dataclass(frozen=True, slots=True)
class NameConstraints:
    """Permitted and excluded names. A kind of name without permitted subtrees is not restricted."""

    permitted: Subtrees = Subtrees()
    excluded: Subtrees = Subtrees()

    def allows_domain(self, name: str) -> bool:
        """Return whether a dNSName may be below this authority. `*.example` must be permitted as a
        whole.
        """
        wanted, inside = name.lower(), self.permitted.domains
        if any(_covers(tree, wanted) or _reaches(wanted, tree) for tree in self.excluded.domains):
            return False
        return not inside or any(_covers(tree, wanted) for tree in inside)

    def allows_address(self, address: IPv4Address | IPv6Address) -> bool:
        """Return whether an iPAddress may be below this authority."""
        if any(address in network for network in self.excluded.networks):
            return False
        inside = self.permitted.networks
        return not inside or any(address in network for network in inside)

    def allows_subject(self, subject: x509.Name) -> bool:
        """Return whether a subject may be below this authority. An empty one always may."""
        parts = tuple(subject.rdns)
        if not parts:
            return True
        if any(parts[: len(tree)] == tree for tree in self.excluded.directories):
            return False
        inside = self.permitted.directories
        return not inside or any(parts[: len(tree)] == tree for tree in inside)


UNCONSTRAINED = NameConstraints()


def read_name_constraints(constraints: x509.ExtensionType | None) -> NameConstraints:
    """Read a name constraints extension; without one nothing is restricted."""
    if not isinstance(constraints, x509.NameConstraints):
        return UNCONSTRAINED
    return NameConstraints(
        _subtrees(constraints.permitted_subtrees or []),
        _subtrees(constraints.excluded_subtrees or []),
    )


def _subtrees(names: list[x509.GeneralName]) -> Subtrees:
    addresses = [one.value for one in names if isinstance(one, x509.IPAddress)]
    return Subtrees(
        tuple(one.value.lower() for one in names if isinstance(one, x509.DNSName)),
        tuple(one for one in addresses if isinstance(one, IPv4Network | IPv6Network)),
        tuple(tuple(one.value.rdns) for one in names if isinstance(one, x509.DirectoryName)),
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
