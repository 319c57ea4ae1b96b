"""Replies of providers: what a status means, and JSON that may be anything."""

import json
from collections.abc import Mapping
from typing import Any

from app.ports.translator import ProviderReply, TranslatorError

__all__ = ["json_of", "texts_in"]

# 456 is DeepL's own status for a quota that is used up
# (https://developers.deepl.com/docs/best-practices/error-handling).
_CODES: Mapping[int, tuple[str, bool]] = {
    401: ("credentials_refused", True),
    403: ("credentials_refused", True),
    404: ("wrong_url", True),
    413: ("text_too_long", False),
    429: ("rate_limited", True),
    456: ("quota_exceeded", True),
}


def json_of(reply: ProviderReply) -> dict[str, Any]:
    """The JSON object of a successful reply. Raises TranslatorError for any other reply."""
    _check_status(reply.status)
    try:
        document = json.loads(reply.body)
    # RecursionError: a body of opening brackets. UnicodeDecodeError is a ValueError.
    except (ValueError, RecursionError):
        raise TranslatorError("wrong_answer") from None
    if not isinstance(document, dict):
        raise TranslatorError("wrong_answer")
    return document


def texts_in(values: object, texts: int) -> list[str]:
    """The values if they are a list of as many strings as there are texts.

    Raises TranslatorError otherwise.
    """
    if not isinstance(values, list) or len(values) != texts:
        raise TranslatorError("wrong_answer")
    found = [each for each in values if isinstance(each, str)]
    if len(found) != texts:
        raise TranslatorError("wrong_answer")
    return found


def _check_status(status: int) -> None:
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise TranslatorError("redirected", is_final=True)
    if status in _CODES:
        code, is_final = _CODES[status]
        raise TranslatorError(code, is_final=is_final)
    # A provider that does not know a language answers 400.
    raise TranslatorError("language_refused" if status == 400 else "provider_failed")
