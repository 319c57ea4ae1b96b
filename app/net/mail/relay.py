"""Where mail is handed over: the relay or the mail folder that FYR_SMTP_URL names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from app.host_names import ascii_host, ip_literal

__all__ = ["MailFolder", "Relay", "ascii_mail_address", "parse_relay"]

_FORMATS = (
    "must be smtp://USER:PASSWORD@HOST:587, smtps://USER:PASSWORD@HOST:465 or maildir:FOLDER, "
    "with user and password percent-encoded"
)
_PORTS = {"smtp": 25, "smtps": 465}
_LOOPBACK = "localhost"
# RFC 5321 section 4.1.2, Dot-string. A setting needs no quoted local part.
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_MOST_LOCAL, _MOST_ADDRESS = 64, 254


@dataclass(frozen=True, slots=True)
class Relay:
    """The SMTP server that accepts mail of this installation.

    `host` is an A-label or an IP address. With `is_tls` the connection begins with TLS; with
    `needs_starttls` nothing is sent before STARTTLS has succeeded. `ca_file` has certificates that
    are trusted besides those of the system.
    """

    host: str
    port: int
    is_tls: bool
    needs_starttls: bool
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class MailFolder:
    """A Maildir, into which each mail is written as a file instead of being sent."""

    path: Path


def parse_relay(url: str) -> Relay | MailFolder:
    """Return what FYR_SMTP_URL names. Raises ValueError, without any part of the URL: it may be a
    password.
    """
    if url.startswith("maildir:"):
        return _mail_folder(url.removeprefix("maildir:"))
    parts, host, port = _address(url)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError("must have a user and a password, or neither")
    options = _options(parts)
    is_tls = parts.scheme == "smtps"
    is_here = _is_loopback(host)
    needs_starttls = not is_tls and options.get("starttls") != "off" and not is_here
    if user and not (is_tls or needs_starttls or is_here):
        raise ValueError("a password is never sent without TLS: leave out ?starttls=off")
    return Relay(host, port, is_tls, needs_starttls, user, password, _ca_file(options))


def ascii_mail_address(address: str) -> str | None:
    """Return the address with its domain as A-labels; None if the address is invalid.

    For addresses of settings: the local part has ASCII only, and is not quoted.
    """
    local, _, domain = address.rpartition("@")
    host = ascii_host(domain) if domain else None
    if host is None or len(local) > _MOST_LOCAL or not _LOCAL_PART.fullmatch(local):
        return None
    found = f"{local}@{host}"
    return found if len(found) <= _MOST_ADDRESS else None


def _mail_folder(path: str) -> MailFolder:
    if not path.strip() or "\0" in path:
        raise ValueError("maildir: needs a folder, such as maildir:/var/lib/fyr/mail")
    return MailFolder(Path(path))


def _address(url: str) -> tuple[SplitResult, str, int]:
    """Return the parts of the URL, the host and the port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(_FORMATS) from None
    host = _host(parts)
    if host is None or parts.scheme not in _PORTS or parts.path not in {"", "/"} or parts.fragment:
        raise ValueError(_FORMATS)
    # urlsplit drops line ends silently.
    if port == 0 or any(ord(each) <= ord(" ") or ord(each) == 127 for each in url):
        raise ValueError(_FORMATS)
    return parts, host, port or _PORTS[parts.scheme]


def _ca_file(options: Mapping[str, str]) -> Path | None:
    if not options.get("ca"):
        return None
    file = Path(options["ca"])
    if not file.is_file():
        raise ValueError("the file of ?ca= does not exist")
    return file


def _host(parts: SplitResult) -> str | None:
    try:
        host_name = unquote(parts.hostname or "")
    except ValueError:
        return None
    literal = ip_literal(host_name)
    return str(literal) if literal is not None else ascii_host(host_name)


def _options(parts: SplitResult) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if set(options) - {"ca", "starttls"} or options.get("starttls") not in {None, "off"}:
        raise ValueError("the options are ?starttls=off and ?ca=FILE")
    return options


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == _LOOPBACK
