"""Port of translation providers: a provider makes a request of marked texts and reads the reply.

Providers live in `app/translation/`, one file each; they do no I/O. The texts are XML with elements
`<x id="1"/>`, which have to come back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["ProviderAccess", "ProviderCall", "ProviderReply", "Translator", "TranslatorError"]


@dataclass(frozen=True, slots=True)
class ProviderAccess:
    """The base URL of a provider, without a slash at its end, and the key of the account."""

    url: str
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ProviderCall:
    """One POST. Its headers and its body may contain the key."""

    url: str
    content: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ProviderReply:
    """The reply to a call, with its whole body."""

    status: int
    body: bytes = field(repr=False)


class TranslatorError(Exception):
    """A provider did not translate. `code` is stable and the message has no text and no key.

    `is_final`: another language would fail too, such as when the quota is used up.
    """

    def __init__(self, code: str, *, is_final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Translator:
    """A translation provider, by its stored `kind`, with its `name` for people.

    `default_url` is where its own service is, empty if there is none. `most_texts` and
    `most_characters` are the limits of one call. `call` makes the request that translates marked
    texts from one language tag into another; `read` returns the translations in a reply, as many
    as there were texts, or raises TranslatorError.
    """

    kind: str
    name: str
    call: Callable[[ProviderAccess, Sequence[str], str, str], ProviderCall]
    read: Callable[[ProviderReply, int], Sequence[str]]
    default_url: str = ""
    needs_key: bool = False
    most_texts: int = 50
    most_characters: int = 30_000
