"""Translation provider: its settings, its encrypted key, and what came of its translations.

There is none by default. The languages in which pages show translations that nobody has read are
a setting of their own, which holds whatever the provider is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from app.db.queries.page import page
from app.db.queries.page import translation as queries
from app.db.tables import TranslationProviderRow
from app.domain.errors import InvalidError
from app.domain.permissions import Action
from app.domain.validation import check_text
from app.host_names import ascii_host, ip_literal
from app.usecases import audit
from app.usecases.context import Ctx
from app.usecases.encryption import SecretBox

__all__ = [
    "KEY_OWNER",
    "ProviderChange",
    "ProviderKey",
    "TranslationOutcome",
    "TranslationProvider",
    "get_provider",
    "is_on",
    "list_outcomes",
    "provider_key",
    "record_outcomes",
    "remove_provider",
    "set_provider",
    "set_unread_languages",
    "unread_languages",
]

# The record that the encrypted key belongs to.
KEY_OWNER = "translation-provider"
_MAX_URL, _MAX_KEY = 500, 500


@dataclass(frozen=True, slots=True)
class TranslationProvider:
    """The settings of the provider. `key_end` is the end of its key, None without a key."""

    kind: str
    url: str
    key_end: str | None
    sends_drafts: bool


@dataclass(frozen=True, slots=True)
class ProviderKey:
    """What a call needs: the kind, the URL and the key in plain text."""

    kind: str
    url: str
    key: str = field(repr=False)
    sends_drafts: bool


@dataclass(frozen=True, slots=True)
class ProviderChange:
    """The new settings. An empty `key` leaves the key as it is while scheme, host and port stay."""

    kind: str
    url: str
    key: str = field(default="", repr=False)
    sends_drafts: bool = False


@dataclass(frozen=True, slots=True)
class TranslationOutcome:
    """How many texts a provider translated with an outcome, and the characters that were sent."""

    provider: str
    outcome: str
    texts: int
    characters: int


def get_provider(ctx: Ctx, box: SecretBox) -> TranslationProvider | None:
    """The settings; None while translation is off."""
    ctx.require(Action.CONFIGURE)
    row = queries.read_provider(ctx.session)
    if row is None:
        return None
    key = box.decrypt(row.key, KEY_OWNER) if row.key else ""
    return TranslationProvider(row.kind, row.url, key[-4:] or None, row.sends_drafts)


def provider_key(ctx: Ctx, box: SecretBox) -> ProviderKey | None:
    """What a call needs; None while translation is off."""
    ctx.require(Action.EDIT)
    row = queries.read_provider(ctx.session)
    if row is None:
        return None
    key = box.decrypt(row.key, KEY_OWNER) if row.key else ""
    return ProviderKey(row.kind, row.url, key, row.sends_drafts)


def is_on(ctx: Ctx) -> bool:
    """Whether there is a provider."""
    return queries.read_provider(ctx.session) is not None


def set_provider(
    ctx: Ctx, box: SecretBox, change: ProviderChange, kinds: Mapping[str, bool]
) -> None:
    """Set the provider. `kinds` are the known ones, and whether each needs a key.

    Raises InvalidError naming the field.
    """
    ctx.require(Action.CONFIGURE)
    if change.kind not in kinds:
        raise InvalidError(
            f"The kind is one of these: {', '.join(sorted(kinds))}.",
            code="unknown_choice",
            field="kind",
        )
    url = _checked_url(change.url)
    row = queries.read_provider(ctx.session)
    # A key is not sent to a host, port or scheme for which nobody entered it.
    is_same = row is not None and (row.kind, _origin(row.url)) == (change.kind, _origin(url))
    key = row.key if row is not None and is_same else None
    if change.key.strip():
        entered = check_text(change.key, field="key", limit=_MAX_KEY)
        if not (entered.isascii() and entered.isprintable()):
            raise InvalidError(
                "A key has printable ASCII characters.", code="invalid_key", field="key"
            )
        key = box.encrypt(entered, KEY_OWNER)
    if key is None and kinds[change.kind]:
        raise InvalidError("This provider needs a key.", code="key_needed", field="key")
    before = {} if row is None else _audited(row)
    if row is None:
        row = TranslationProviderRow(
            id=1, kind="", url="", key=None, sends_drafts=False, changed_at=ctx.now
        )
    row.kind, row.url, row.key = change.kind, url, key
    row.sends_drafts, row.changed_at = change.sends_drafts, ctx.now
    ctx.session.add(row)
    ctx.session.flush()
    _audit(ctx, before, {**_audited(row), "key_changed": bool(change.key.strip())})


def remove_provider(ctx: Ctx) -> None:
    """Switch translation off and delete the key; texts that exist stay as they are."""
    ctx.require(Action.CONFIGURE)
    row = queries.read_provider(ctx.session)
    if row is None:
        return
    before = _audited(row)
    ctx.session.delete(row)
    ctx.session.flush()
    _audit(ctx, before, {})


def set_unread_languages(ctx: Ctx, languages: Collection[str]) -> None:
    """Set the languages in which pages show translations of a machine that nobody has read.

    Raises InvalidError for a language that is not published.
    """
    ctx.require(Action.CONFIGURE)
    row = page.read_page(ctx.session)
    unknown = sorted(set(languages) - set(row.languages))
    if unknown:
        raise InvalidError(
            f"These languages are not published: {', '.join(unknown)[:200]}.",
            code="unknown_language",
            field="unread_languages",
        )
    before, after = row.unread_machine_languages or [], sorted(set(languages))
    if before == after:
        return
    row.unread_machine_languages = after
    ctx.session.flush()
    ctx.touch()
    audit.record(
        ctx,
        "page.edit",
        "page",
        row.public_id,
        before={"unread_machine_languages": before},
        after={"unread_machine_languages": after},
    )


def unread_languages(ctx: Ctx) -> list[str]:
    """The languages in which pages show translations of a machine that nobody has read."""
    ctx.require(Action.READ)
    return list(page.read_page(ctx.session).unread_machine_languages or [])


def record_outcomes(ctx: Ctx, outcomes: Sequence[TranslationOutcome]) -> None:
    """Add texts and characters to the sums of each outcome."""
    for each in outcomes:
        queries.add_outcome(ctx.session, (each.provider, each.outcome), each.texts, each.characters)


def list_outcomes(ctx: Ctx) -> list[TranslationOutcome]:
    """The sums by provider and outcome."""
    return [
        TranslationOutcome(row.provider, row.outcome, row.texts, row.characters)
        for row in queries.outcomes(ctx.session)
    ]


def _audited(row: TranslationProviderRow) -> dict[str, object]:
    return {"kind": row.kind, "url": row.url, "sends_drafts": row.sends_drafts}


def _audit(ctx: Ctx, before: Mapping[str, object], after: Mapping[str, object]) -> None:
    action = "translation_provider.set" if after else "translation_provider.remove"
    page_id = page.read_page(ctx.session).public_id
    audit.record(ctx, action, "page", page_id, before=before, after=after)


def _checked_url(url: str) -> str:
    """The base URL without a slash at its end. Raises InvalidError."""
    url = check_text(url, field="url", limit=_MAX_URL).rstrip("/")
    try:
        parts = urlsplit(url)
        has_port = parts.port != 0
    except ValueError:
        parts, has_port = urlsplit(""), False
    is_plain = not (parts.query or parts.fragment or "@" in parts.netloc) and url.isascii()
    if parts.scheme not in {"http", "https"} or not (_host(url) and is_plain and has_port):
        raise InvalidError(
            "Give an address such as https://translate.example.com, without a user and a query.",
            code="invalid_provider_url",
            field="url",
        )
    return url


def _host(url: str) -> str:
    host = urlsplit(url).hostname or ""
    literal = ip_literal(host)
    return str(literal) if literal else ascii_host(host) or ""


def _origin(url: str) -> tuple[str, str, int | None]:
    """The scheme, the host and the port of a URL, as in RFC 6454."""
    parts = urlsplit(url)
    return parts.scheme, _host(url), parts.port or {"http": 80, "https": 443}.get(parts.scheme)
