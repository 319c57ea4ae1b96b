"""Addresses that Fyr can probe, from the URLs of monitors."""

from urllib.parse import urlsplit

__all__ = ["target_of_url"]

_PORTS = {"https": 443, "tls": 443, "starttls": 587}
_STARTTLS = {25: "smtp", 587: "smtp", 143: "imap", 110: "pop3", 389: "ldap", 5432: "postgres"}


def target_of_url(url: str) -> tuple[str, int, str | None] | None:
    """Host, port and STARTTLS protocol of a URL; None without TLS, or with a variable in it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not host or "$" in parts.netloc or "@" in parts.netloc:
        return None
    port = port or _PORTS[parts.scheme]
    if parts.scheme != "starttls":
        return host, port, None
    protocol = _STARTTLS.get(port)
    return None if protocol is None else (host, port, protocol)
