"""Mail addresses of subscribers: validation, and the key that identifies one."""

import re
import unicodedata
from dataclasses import dataclass

from app.domain.errors import InvalidError

__all__ = ["MailAddress", "check_mail_address"]

# RFC 5321, 4.5.3.1.3: a path has 256 octets, with its angle brackets.
_MAX_OCTETS = 254
# RFC 5321, 4.5.3.1.1; RFC 6531, 3.3: in octets of UTF-8.
_MAX_LOCAL_OCTETS = 64
# A mail reader would decode an encoded word (RFC 2047); `%` and `!` are source routes.
# U+FFFD stands for bytes that were not UTF-8.
_REFUSED_IN_LOCAL_PART = re.compile(r"=\?|[%!\ufffd]")
# Characters without a glyph: format characters, private use, and what is not assigned.
_INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class MailAddress:
    """A mail address as written, and its key: equal for spellings that reach one mailbox.

    The key has the local part in NFC and case-folded, and the domain as A-labels.
    """

    address: str
    key: str


def check_mail_address(submitted: str) -> MailAddress:
    """The address that `submitted` is. Raises InvalidError (`invalid_address`, field `address`).

    Quoted local parts and address literals are refused. Nothing is looked up in the DNS.
    """
    # Imported here: it takes 60 ms and 3 MB, which only processes that check addresses need.
    from email_validator import EmailNotValidError, validate_email

    text = submitted.strip(" \t\r\n")
    if not text or len(text) > _MAX_OCTETS or _has_invisible(text):
        raise _invalid()
    try:
        checked = validate_email(
            text,
            allow_smtputf8=True,
            allow_quoted_local=False,
            allow_domain_literal=False,
            allow_display_name=False,
            check_deliverability=False,
            strict=True,
        )
    except EmailNotValidError:
        raise _invalid() from None
    key_domain = checked.ascii_domain.lower()
    longest = max(
        len(checked.normalized.encode()), len(f"{checked.local_part}@{key_domain}".encode())
    )
    local_octets = len(checked.local_part.encode())
    if longest > _MAX_OCTETS or local_octets > _MAX_LOCAL_OCTETS:
        raise _invalid()
    if _REFUSED_IN_LOCAL_PART.search(checked.local_part):
        raise _invalid()
    local = unicodedata.normalize("NFC", checked.local_part.casefold())
    return MailAddress(checked.normalized, f"{local}@{key_domain}")


def _has_invisible(text: str) -> bool:
    return any(unicodedata.category(each) in _INVISIBLE for each in text)


def _invalid() -> InvalidError:
    return InvalidError(
        "This is not a mail address such as vera@example.net.",
        code="invalid_address",
        field="address",
    )
