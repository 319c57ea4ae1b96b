"""Addresses that Fyr can probe, from the URLs and host names of monitors."""

import re
from urllib.parse import urlsplit

from app.host_names import ascii_host, ip_literal

__all__ = ["target_of_host", "target_of_url", "without_credentials"]

# Schemes of TLS from the first byte.
_PORTS = {
    **{"https": 443, "tls": 443, "wss": 443},
    **{"smtps": 465, "imaps": 993, "pop3s": 995, "ldaps": 636},
}
# Protocols that begin in plain text and switch to TLS.
_STARTTLS_SCHEMES = {
    "smtp": (25, "smtp"),
    "imap": (143, "imap"),
    "pop3": (110, "pop3"),
    "ldap": (389, "ldap"),
    "postgres": (5432, "postgres"),
    "postgresql": (5432, "postgres"),
}
# Gatus names no protocol; the port decides.
_STARTTLS = "starttls"
_SUBMISSION = 587
_STARTTLS_PORTS = {
    _SUBMISSION: "smtp",
    **dict(_STARTTLS_SCHEMES.values()),
}
_PLAIN_PORTS = frozenset({80})
# RFC 3986 section 3.2: the authority ends at the first /, ? or #.
_USERINFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)?[^/?#]*@")


def target_of_url(url: str) -> tuple[str, int, str | None] | None:
    """Host, port and STARTTLS protocol of a URL.

    None without TLS, with credentials or a variable such as `$HOST` in it, and for an invalid host.
    """
    try:
        parts = urlsplit(url)
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError:
        return None
    if host is None or port == 0 or "$" in parts.netloc or "@" in parts.netloc:
        return None
    if parts.scheme in _PORTS:
        return host, port or _PORTS[parts.scheme], None
    if parts.scheme in _STARTTLS_SCHEMES:
        usual, protocol = _STARTTLS_SCHEMES[parts.scheme]
        return host, port or usual, protocol
    found = _STARTTLS_PORTS.get(port or _SUBMISSION) if parts.scheme == _STARTTLS else None
    return None if found is None else (host, port or _SUBMISSION, found)


def target_of_host(text: str) -> tuple[str, int, str | None] | None:
    """Host, port and STARTTLS protocol of a host with or without a port; 443 is the default.

    The port decides about the protocol. None for an invalid host, and for the port of plain HTTP.
    """
    bare = text.strip()
    address = ip_literal(bare)
    found = target_of_url(f"tls://{bare if address is None else _bracketed(str(address))}")
    if found is None or found[1] in _PLAIN_PORTS:
        return None
    host, port, _ = found
    return host, port, _STARTTLS_PORTS.get(port)


def without_credentials(url: str) -> tuple[str, bool]:
    """The URL, or the host with a port, without user and password, and whether it had them."""
    found = _USERINFO.match(url)
    return (url, False) if found is None else (f"{found[1] or ''}{url[found.end() :]}", True)


def _host(host: str) -> str | None:
    address = ip_literal(host)
    return str(address) if address is not None else ascii_host(host)


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
