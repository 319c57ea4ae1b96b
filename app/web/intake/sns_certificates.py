"""Signing certificates of Amazon SNS: their URLs, and verification of their chain and name.

Source: docs.aws.amazon.com/sns, "Verifying the signatures of Amazon SNS messages": the certificate
comes from SNS by HTTPS, is issued to SNS, and its chain of trust is valid.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from urllib.parse import parse_qs, urlsplit

from cryptography.x509 import (
    AuthorityInformationAccess,
    Certificate,
    DNSName,
    ExtensionNotFound,
    UniformResourceIdentifier,
    load_der_x509_certificate,
)
from cryptography.x509.oid import AuthorityInformationAccessOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

__all__ = [
    "Roots",
    "amazon_roots",
    "has_trusted_chain",
    "is_certificate_url",
    "is_confirmation_url",
    "issuer_url",
]

# `sns.s3.amazonaws.com` and `sns.s3-eu-west-1.amazonaws.com` are buckets of strangers, so a host
# has to have the form of a region and to be that of the topic.
_TOPIC = re.compile(
    r"arn:(aws|aws-cn|aws-us-gov):sns:"
    r"([a-z]{2}(?:-gov)?-(?:central|east|west|(?:north|south)(?:east|west)?)-[0-9]{1,2}):"
    r"[0-9]{1,12}:[A-Za-z0-9_.-]{1,256}"
)
_SUFFIXES = {"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}
_CERTIFICATE_PATH = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem")
# Where the certificates of Amazon say that their issuers are.
_ISSUER_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazontrust\.com")
_ISSUER_PORTS = {"http": 80, "https": 443}

# SHA-256 of Amazon Root CA 1 to 4 (amazontrust.com/repository). The intermediates that sign for SNS
# are issued by them. Starfield Services Root G2, an older root, has the serial number 0, which
# cryptography refuses.
_FINGERPRINTS = frozenset(
    {
        "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
        "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
        "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
        "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
    }
)

Roots = Callable[[], Sequence[Certificate]]


@cache
def amazon_roots() -> Sequence[Certificate]:
    """The roots that Amazon operates, out of the current trust store."""
    # Imported here: a server that listens to no topic of SNS does not need the trust stores.
    from app.trust.clients.profiles import shipped_profiles

    anchors = shipped_profiles()["current"].store.anchors
    ders = [anchor.der for anchor in anchors if anchor.fingerprint in _FINGERPRINTS]
    return tuple(load_der_x509_certificate(der) for der in ders)


def is_certificate_url(url: object, topic: object) -> bool:
    """Whether `url` is a signing certificate on the host of SNS in the region of `topic`."""
    parts = _plain_parts(url)
    return (
        parts is not None
        and parts == ("https", _host(topic), 443, parts[3], "")
        and _CERTIFICATE_PATH.fullmatch(parts[3]) is not None
    )


def is_confirmation_url(url: object, topic: object) -> bool:
    """Whether `url` confirms a subscription, on the host of SNS in the region of `topic`."""
    parts = _plain_parts(url)
    if parts is None or parts != ("https", _host(topic), 443, "/", parts[4]):
        return False
    try:
        query = parse_qs(parts[4], max_num_fields=10)
    except ValueError:
        return False
    return query.get("Action") == ["ConfirmSubscription"] and query.get("TopicArn") == [topic]


def has_trusted_chain(
    leaf: Certificate,
    intermediates: Iterable[Certificate],
    *,
    topic: str,
    roots: Roots,
    now: datetime,
) -> bool:
    """Whether `leaf` is issued to SNS in the region of `topic`, with a valid chain to a root."""
    store, others = Store(list(roots())), list(intermediates)
    for name in _certificate_names(topic):
        verifier = PolicyBuilder().store(store).time(now).build_server_verifier(DNSName(name))
        try:
            verifier.verify(leaf, others)
        except VerificationError:
            continue
        return True
    return False


def issuer_url(certificate: Certificate) -> str | None:
    """The URL of the issuer by the certificate, None unless it is on a host of Amazon's CA."""
    try:
        access = certificate.extensions.get_extension_for_class(AuthorityInformationAccess).value
    except (ExtensionNotFound, ValueError):
        return None
    for each in access:
        location = each.access_location
        if each.access_method != AuthorityInformationAccessOID.CA_ISSUERS:
            continue
        if isinstance(location, UniformResourceIdentifier):
            parts = _plain_parts(location.value)
            if parts and _ISSUER_PORTS[parts[0]] == parts[2] and _ISSUER_HOST.fullmatch(parts[1]):
                return location.value
    return None


def _host(topic: object) -> str | None:
    """The host of SNS in the region of a topic; None when `topic` is no topic."""
    found = _TOPIC.fullmatch(topic) if isinstance(topic, str) else None
    return f"sns.{found[2]}.{_SUFFIXES[found[1]]}" if found else None


def _certificate_names(topic: str) -> Sequence[str]:
    """The names that a signing certificate can have, by region: those of the AWS SDK for Java."""
    found = _TOPIC.fullmatch(topic)
    if found is None:
        return ()
    partition, region = found[1], found[2]
    suffix = _SUFFIXES[partition]
    names = [f"sns.{region}.{suffix}", f"sns-signing.{region}.{suffix}", f"sns-{region}.{suffix}"]
    if partition == "aws":
        names.append("sns.amazonaws.com")
    elif partition == "aws-us-gov":
        names.append("sns-us-gov-west-1.amazonaws.com")
    return names


def _plain_parts(url: object) -> tuple[str, str, int, str, str] | None:
    """Scheme, host, port, path and query of an HTTP URL; None for one with anything else."""
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _ISSUER_PORTS or "@" in parts.netloc or "\\" in url or "#" in url:
        return None
    if port is None and parts.netloc.endswith(":"):
        return None
    host = parts.hostname or ""
    return parts.scheme, host, port or _ISSUER_PORTS[parts.scheme], parts.path, parts.query
