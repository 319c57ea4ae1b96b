"""Validation of the input for sources and routes."""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping

from app.domain.alerts.signatures import hmac_fault
from app.domain.alerts.sources import AUTH_KINDS
from app.domain.errors import ConflictError, InvalidError
from app.payloads.options import current_names
from app.ports.monitor import ConfigurableAdapter
from app.usecases.alerts.publish_modes import parse_publish_mode
from app.usecases.secret_tokens import fresh_secret
from app.usecases.sources.records import Options

__all__ = [
    "Adapters",
    "check_publish",
    "checked_auth_options",
    "checked_name",
    "checked_options",
    "checked_secret",
    "generate_secret",
]

_NAME = re.compile(r"[\x21-\x7e]{1,100}")
# RFC 9110 section 5.1: a header's name is a token.
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OPTION_PATTERNS = {
    "field": re.compile(r"[\x20-\x2d\x2f-\x7e]{1,60}(?:\.[\x20-\x2d\x2f-\x7e]{1,60}){0,9}"),
    "header": _HEADER_NAME,
    "timestamp_header": _HEADER_NAME,
    "signed": re.compile(r"[\x20-\x7e]{1,200}"),
}
_MAX_TOPICS = 50

Adapters = Mapping[str, ConfigurableAdapter]


def check_publish(mode: str, *, tested: bool, accept_untested: bool) -> str:
    """Check a publish mode. An untested source must not publish by itself (rule 10)."""
    parse_publish_mode(mode)
    if mode != "draft" and not tested and not accept_untested:
        raise ConflictError(
            (
                "No alert of this source has been processed yet. Send one first, or set "
                "`accept_untested`."
            ),
            code="source_untested",
            field="publish",
        )
    return mode


def checked_auth_options(auth: str, options: Options) -> dict[str, object]:
    """Check the options of an authentication method. Raises InvalidError."""
    kind = AUTH_KINDS[auth]
    unknown = sorted(set(options) - {*kind.needs, *kind.takes})
    missing = [name for name in kind.needs if not options.get(name)]
    wrong = [name for name, value in options.items() if not _is_valid_option(name, value)]
    if auth == "hmac" and not wrong and (fault := hmac_fault(options)):
        wrong = [fault]
    for names, what in ((unknown, "knows no"), (missing, "needs"), (wrong, "has a wrong")):
        if names:
            raise InvalidError(
                f"The authentication {auth} {what} {', '.join(names)[:100]}.",
                code="invalid_auth_options",
                field="auth_options",
            )
    return dict(options)


def _is_valid_option(name: str, value: object) -> bool:
    if name == "topics":
        return (
            isinstance(value, list | tuple)
            and 0 < len(value) <= _MAX_TOPICS
            and all(isinstance(each, str) and each.startswith("arn:") for each in value)
        )
    pattern = _OPTION_PATTERNS.get(name, _NAME)
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def checked_options(adapters: Adapters, kind: str, options: Options) -> dict[str, object]:
    """Check the options of a source with its adapter; return them under their present names.

    Raises InvalidError.
    """
    found = adapters[kind].check_options(options) if kind in adapters else {}
    for name, problem in found.items():
        field_name = f"options.{name}"
        raise InvalidError(problem.message, code="invalid_option", field=field_name)
    return dict(current_names(options))


def checked_name(name: str) -> str:
    """Check the display name of a source. Raises InvalidError."""
    if not 0 < len(name.strip()) <= 100 or not name.isprintable():
        raise InvalidError(
            "A source's name has 1 to 100 printable characters.", code="invalid_name", field="name"
        )
    return name.strip()


def checked_secret(auth: str, secret: str) -> str:
    """Check that senders can send a secret. Raises InvalidError."""
    if not 1 <= len(secret) <= 500 or not secret.isprintable() or not secret.isascii():
        raise InvalidError(
            "A secret has 1 to 500 printable ASCII characters.",
            code="invalid_secret",
            field="secrets",
        )
    if auth == "standard-webhooks" and not _is_standard_webhooks_secret(secret):
        raise InvalidError(
            "A secret of Standard Webhooks is whsec_ and 24 to 64 bytes in base64.",
            code="invalid_secret",
            field="secrets",
        )
    return secret


def _is_standard_webhooks_secret(secret: str) -> bool:
    try:
        return 24 <= len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) <= 64
    except binascii.Error:
        return False


def generate_secret(auth: str) -> str:
    """Generate a secret for an authentication method."""
    if auth == "standard-webhooks":
        return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    return fresh_secret()
