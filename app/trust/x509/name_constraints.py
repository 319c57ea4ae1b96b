"""Name constraints of authorities, and the names that they bind (RFC 5280 section 4.2.1.10).

Constraints are read as encoded: clients accept values that the library refuses, such as a network
whose base has host bits. constrained_names.py compares names with them.
"""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from cryptography import x509

from app.trust.x509.der import SEQUENCE, children, decode_oid, read_one, to_der

__all__ = [
    "DIRECTORY_NAME",
    "DNS_NAME",
    "GENERAL_NAMES",
    "IP_ADDRESS",
    "MAILBOX",
    "NO_ALT_NAMES",
    "OTHER_NAME",
    "REGISTERED_ID",
    "TEXT_NAMES",
    "UNCONSTRAINED",
    "URI",
    "AltNames",
    "NameConstraints",
    "Network",
    "Subtrees",
    "constraint_values",
    "read_alt_names",
    "read_name_constraints",
]

# General names by tag (RFC 5280 section 4.2.1.6), and those whose content is a string of ASCII.
OTHER_NAME, MAILBOX, DNS_NAME, _X400_ADDRESS, DIRECTORY_NAME = 0xA0, 0x81, 0x82, 0xA3, 0xA4
_EDI_PARTY_NAME, URI, IP_ADDRESS, REGISTERED_ID = 0xA5, 0x86, 0x87, 0x88
TEXT_NAMES = frozenset({MAILBOX, DNS_NAME, URI})
GENERAL_NAMES = TEXT_NAMES | {
    *(OTHER_NAME, _X400_ADDRESS, DIRECTORY_NAME, _EDI_PARTY_NAME, IP_ADDRESS, REGISTERED_ID)
}
_PERMITTED, _EXCLUDED = 0xA0, 0xA1
# Kinds of names that no TLS client compares, by tag.
_NOT_COMPARED: dict[type[x509.GeneralName], int] = {
    x509.OtherName: OTHER_NAME,
    x509.RegisteredID: REGISTERED_ID,
}


@dataclass(frozen=True, slots=True)
class AltNames:
    """The subject alternative names of a certificate by kind.

    `directories` are names in DER. `kinds` are the tags of those that no TLS client compares,
    `other_names` the identifiers of otherNames.
    `odd_addresses` says that one has the length of a network, `present` that there is such an
    extension.
    """

    domains: tuple[str, ...] = ()
    addresses: tuple[IPv4Address | IPv6Address, ...] = ()
    directories: tuple[bytes, ...] = ()
    kinds: frozenset[int] = frozenset()
    odd_addresses: bool = False
    mailboxes: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()
    other_names: frozenset[str] = frozenset()
    present: bool = False


@dataclass(frozen=True, slots=True)
class Network:
    """A subtree of addresses of so many octets: its base and its mask, as encoded."""

    octets: int
    base: int
    mask: int


@dataclass(frozen=True, slots=True)
class Subtrees:
    """One list of subtrees by kind of name.

    `directories` are names in DER, `kinds` the tags of those that no TLS client compares,
    `other_names` the identifiers of otherNames.
    """

    domains: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    directories: tuple[bytes, ...] = ()
    mailboxes: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()
    kinds: frozenset[int] = frozenset()
    other_names: frozenset[str] = frozenset()
    size: int = 0


@dataclass(frozen=True, slots=True)
class NameConstraints:
    """Permitted and excluded names. A kind of name without permitted subtrees is not restricted.

    `critical` says whether the extension is.
    """

    permitted: Subtrees = field(default_factory=Subtrees)
    excluded: Subtrees = field(default_factory=Subtrees)
    critical: bool = False


NO_ALT_NAMES = AltNames()
UNCONSTRAINED = NameConstraints()


def read_name_constraints(value: bytes, *, critical: bool = False) -> NameConstraints:
    """Read the value of a name constraints extension; UNCONSTRAINED if it has no subtree.

    Raises ValueError if its structure is another one.
    """
    values = constraint_values(value)
    if not values:
        return UNCONSTRAINED
    permitted = [(tag, base) for part, tag, base in values if part == _PERMITTED]
    excluded = [(tag, base) for part, tag, base in values if part == _EXCLUDED]
    return NameConstraints(_subtrees(permitted), _subtrees(excluded), critical)


def constraint_values(value: bytes) -> list[tuple[int, int, bytes]]:
    """Return the list, the tag and the content of each subtree, in BER or DER.

    Raises ValueError if the structure is another one than RFC 5280 section 4.2.1.10 has.
    """
    found = []
    for part in children(read_one(to_der(value), SEQUENCE).content):
        for subtree in children(part.content):
            base = next(children(subtree.content), None)
            if (
                part.tag not in {_PERMITTED, _EXCLUDED}
                or subtree.tag != SEQUENCE
                or base is None
                or base.tag not in GENERAL_NAMES
                or (base.tag == _EDI_PARTY_NAME and not base.content)
            ):
                raise ValueError("no list of subtrees")
            found.append((part.tag, base.tag, base.content))
    return found


def read_alt_names(names: x509.ExtensionType | None) -> AltNames:
    """Read a subject alternative name extension; without one there are no names."""
    if not isinstance(names, x509.SubjectAlternativeName):
        return NO_ALT_NAMES
    addresses = names.get_values_for_type(x509.IPAddress)
    return AltNames(
        tuple(names.get_values_for_type(x509.DNSName)),
        tuple(one for one in addresses if isinstance(one, IPv4Address | IPv6Address)),
        tuple(one.public_bytes() for one in names.get_values_for_type(x509.DirectoryName)),
        frozenset(_NOT_COMPARED[type(one)] for one in names if type(one) in _NOT_COMPARED),
        odd_addresses=any(isinstance(one, IPv4Network | IPv6Network) for one in addresses),
        mailboxes=tuple(names.get_values_for_type(x509.RFC822Name)),
        uris=tuple(names.get_values_for_type(x509.UniformResourceIdentifier)),
        other_names=frozenset(
            one.type_id.dotted_string for one in names if isinstance(one, x509.OtherName)
        ),
        present=True,
    )


def _subtrees(values: list[tuple[int, bytes]]) -> Subtrees:
    def texts(wanted: int) -> tuple[str, ...]:
        return tuple(content.decode("latin-1") for tag, content in values if tag == wanted)

    return Subtrees(
        tuple(text.lower() for text in texts(DNS_NAME)),
        tuple(_network(content) for tag, content in values if tag == IP_ADDRESS),
        tuple(content for tag, content in values if tag == DIRECTORY_NAME),
        texts(MAILBOX),
        texts(URI),
        frozenset(tag for tag, _ in values) & frozenset(_NOT_COMPARED.values()),
        frozenset(_identifier(content) for tag, content in values if tag == OTHER_NAME),
        len(values),
    )


def _identifier(other_name: bytes) -> str:
    try:
        return decode_oid(next(children(other_name)).content)
    except (ValueError, StopIteration):
        return ""


def _network(content: bytes) -> Network:
    half, odd = divmod(len(content), 2)
    base, mask = content[:half], content[half:]
    return Network(0 if odd else half, int.from_bytes(base), int.from_bytes(mask))
