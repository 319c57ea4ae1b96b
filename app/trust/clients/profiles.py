"""Client profiles: a trust store, a path builder and the tolerances of one kind of client.

A profile is a TOML text. The shipped ones are in data/profiles.toml; operators write their own.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType

from app import __version__
from app.domain.certificates.findings import Tier
from app.trust.clients.root_programmes import Programme, shipped_programmes
from app.trust.clients.stores import Store, shipped_store, shipped_stores, store_from_pem
from app.trust.clients.tolerances import (
    CURVES,
    KEY_TYPES,
    PARSED_EXTENSIONS,
    EqualNames,
    Tolerances,
)
from app.trust.conformance import RULES
from app.trust.errors import ProfileError, StoreError
from app.trust.paths import BUILDERS
from app.trust.x509.extensions import EXTENSION_NAMES, KEY_USAGES
from app.trust.x509.normal_names import NameMatching

__all__ = [
    "BROWSERS",
    "DEFAULT_PROFILES",
    "Profile",
    "parse_profile",
    "profiles_digest",
    "reference_profiles",
    "shipped_profiles",
]


# The profile of current browsers and systems.
BROWSERS = "current"
# The profiles of a target that names none.
DEFAULT_PROFILES = (BROWSERS, "legacy-openssl")

# The rules that a profile may switch, with their defaults; see Tolerances.
_SWITCHES: Mapping[str, bool] = MappingProxyType(
    {
        "anchor_expiry": True,
        "basic_constraints": True,
        "name_constraints": True,
        "extended_key_usage": True,
        "critical_extensions": True,
        "any_purpose": True,
        "gated_purposes": True,
        "authority_purposes": True,
        "strict_der": True,
        "anchor_constraints": False,
        "anchor_limits": True,
        "anchor_authority": False,
        "partial_chains": False,
        "netscape_cert_type": False,
        "authority_key_ids": False,
        "sha1": True,
        "common_names": False,
        "suffix_wildcards": True,
        "maximum_validity": False,
        "fetches_issuers": False,
    }
)
_FIELDS = (
    *(
        "id",
        "label",
        "share",
        "tier",
        "roots",
        "only",
        "without",
        "builder",
        "equal_names",
        "name_matching",
    ),
    *(
        "minimum_rsa_bits",
        "key_types",
        "authority_key_types",
        "curves",
        "authority_curves",
        "key_usage",
    ),
    *(
        "parsed_extensions",
        "unhandled_extensions",
        "handled_extensions",
        "conformance",
        "path_conformance",
        "programme",
        *_SWITCHES,
    ),
)
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_TAG = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,8})*")
_MOST_BITS = 16_384
_SHARE = re.compile(r"\d{1,3}(\.\d{1,3})? ?%")

# Returns the bytes of a PEM file by the name in `roots`; None when there is no such file.
Fetch = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of client.

    `label` is its name by language tag, `share` the part of the operator's customers, as written by
    the operator.
    """

    id: str
    label: Mapping[str, str]
    builder: str
    store: Store
    tolerances: Tolerances = field(default_factory=Tolerances)
    share: str | None = None
    tier: Tier = Tier.CURRENT


@lru_cache(maxsize=1)
def shipped_profiles() -> Mapping[str, Profile]:
    """Return the profiles that ship with Fyr, by id. They are read once, on first use."""
    return _shipped("data/profiles.toml")


@lru_cache(maxsize=1)
def reference_profiles() -> Mapping[str, Profile]:
    """Return the profiles that ship with Fyr and stand for no visitors, by id.

    They are judged only when they are asked for by name.
    """
    return _shipped("data/reference_profiles.toml")


def _shipped(file: str) -> Mapping[str, Profile]:
    text = files("app.trust").joinpath(file).read_text(encoding="utf-8")
    found = [_profile(table, lambda _: None) for table in tomllib.loads(text)["profile"]]
    return MappingProxyType({profile.id: profile for profile in found})


def parse_profile(text: str, *, fetch: Fetch) -> Profile:
    """Parse an operator's profile.

    `fetch` returns the bytes of the PEM file that `roots` names. Raises ProfileError with the
    invalid field and what to write instead.
    """
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProfileError(f"This is not TOML: {error}.") from error
    return _profile(table, fetch)


def _profile(table: Mapping[str, object], fetch: Fetch) -> Profile:
    unknown = sorted(set(table) - set(_FIELDS))
    if unknown:
        raise _wrong(unknown[0], f"is not a field of a profile; there are {', '.join(_FIELDS)}")
    identity = _text(table, "id", pattern=_ID, expected="lower-case letters, digits, `-`, `_`, `.`")
    return Profile(
        id=identity,
        label=_label(table.get("label", identity)),
        builder=_one_of(table, "builder", tuple(BUILDERS), usual="any_path"),
        store=_restricted(_store(_text(table, "roots"), fetch), table),
        tolerances=_tolerances(table),
        share=_share(table),
        tier=Tier(_one_of(table, "tier", tuple(Tier), usual=Tier.CURRENT)),
    )


def _text(
    table: Mapping[str, object],
    name: str,
    *,
    pattern: re.Pattern[str] | None = None,
    expected: str = "",
) -> str:
    value = table.get(name)
    if value is None:
        raise _wrong(name, "is missing; every profile needs `id` and `roots`")
    if not isinstance(value, str) or not value.strip():
        raise _wrong(name, "must be a text in quotes that is not empty")
    if pattern is not None and not pattern.fullmatch(value):
        raise _wrong(name, f"is {value!r}; write {expected}")
    return value


def _one_of(table: Mapping[str, object], name: str, known: tuple[str, ...], *, usual: str) -> str:
    value = table.get(name, usual)
    if not isinstance(value, str) or value not in known:
        raise _wrong(name, f"is {value!r}; choose one of {', '.join(known)}")
    return value


def _label(value: object) -> Mapping[str, str]:
    # A plain text is English, the source language of all texts.
    texts = {"en": value} if isinstance(value, str) else value
    if not isinstance(texts, dict) or not texts:
        raise _wrong("label", "must be a text, or a table of texts by language tag")
    for tag, text in texts.items():
        if not isinstance(tag, str) or not _TAG.fullmatch(tag):
            raise _wrong("label", f"has {tag!r} for a language; write tags like en, sv, pt-br")
        if not isinstance(text, str) or not text.strip():
            raise _wrong(f"label.{tag}", "must be a text in quotes that is not empty")
    return MappingProxyType(dict(texts))


def _store(roots: str, fetch: Fetch) -> Store:
    try:
        if roots in shipped_stores():
            return shipped_store(roots)
        data = fetch(roots)
        if data is not None:
            return store_from_pem(roots, data)
    except StoreError as error:
        raise _wrong("roots", f"cannot be used: {error.message.removesuffix('.')}") from error
    known = ", ".join(shipped_stores())
    raise _wrong("roots", f"is {roots!r}; name a PEM file beside the profile, or one of {known}")


def _restricted(store: Store, table: Mapping[str, object]) -> Store:
    """Return the store restricted to the roots in `only` and without those in `without`."""
    only, without = _listed(table, "only"), _listed(table, "without")
    if not only and not without:
        return store
    selected = store.restricted(only, ())
    names = {anchor.facts.name for anchor in (selected if only else store).anchors}
    for field_name, wanted in (("only", only), ("without", without)):
        for name in wanted:
            if name not in names:
                raise _wrong(field_name, f"names {name!r}, which is not in {store.name}")
    return selected.restricted((), without)


def _tolerances(table: Mapping[str, object]) -> Tolerances:
    switches = {name: _switch(table, name, usual=usual) for name, usual in _SWITCHES.items()}
    return Tolerances(
        **switches,
        equal_names=_equal_names(table),
        name_matching=NameMatching(
            _one_of(table, "name_matching", tuple(NameMatching), usual=NameMatching.RFC5280)
        ),
        minimum_rsa_bits=_bits(table),
        key_types=_listed(table, "key_types", KEY_TYPES),
        authority_key_types=_listed(table, "authority_key_types", KEY_TYPES),
        curves=_listed(table, "curves", CURVES),
        authority_curves=_listed(table, "authority_curves", CURVES),
        key_usage=_listed(table, "key_usage", tuple(KEY_USAGES)),
        parsed_extensions=(
            _listed(table, "parsed_extensions", tuple(EXTENSION_NAMES.values()))
            if "parsed_extensions" in table
            else PARSED_EXTENSIONS
        ),
        unhandled_extensions=_listed(
            table, "unhandled_extensions", tuple(EXTENSION_NAMES.values())
        ),
        handled_extensions=_listed(table, "handled_extensions", tuple(EXTENSION_NAMES.values())),
        conformance=_listed(table, "conformance", tuple(RULES)),
        path_conformance=_listed(table, "path_conformance", tuple(RULES)),
        programme=_programme(table),
    )


def _switch(table: Mapping[str, object], name: str, *, usual: bool) -> bool:
    value = table.get(name, usual)
    if not isinstance(value, bool):
        raise _wrong(name, "must be true or false, without quotes")
    return value


def _equal_names(table: Mapping[str, object]) -> EqualNames | None:
    if "equal_names" not in table:
        return None
    if table.get("builder", "any_path") == "any_path":
        raise _wrong("equal_names", "has no effect with the builder any_path; leave it out")
    return EqualNames(_one_of(table, "equal_names", tuple(EqualNames), usual=""))


def _bits(table: Mapping[str, object]) -> int:
    value = table.get("minimum_rsa_bits", 0)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_BITS:
        raise _wrong("minimum_rsa_bits", f"must be a whole number up to {_MOST_BITS}, like 2048")
    return value


def _listed(table: Mapping[str, object], name: str, known: tuple[str, ...] = ()) -> tuple[str, ...]:
    value = table.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _wrong(name, 'must be a list of texts, like ["one", "two"]')
    for one in value:
        if known and one not in known:
            raise _wrong(name, f"has {one!r}; choose from {', '.join(known)}")
    return tuple(value)


def _programme(table: Mapping[str, object]) -> Programme | None:
    if "programme" not in table:
        return None
    return shipped_programmes()[_one_of(table, "programme", tuple(shipped_programmes()), usual="")]


def _share(table: Mapping[str, object]) -> str | None:
    return (
        _text(table, "share", pattern=_SHARE, expected='a share like "7 %"')
        if "share" in table
        else None
    )


def _wrong(name: str, what: str) -> ProfileError:
    return ProfileError(f"`{name}` {what}.", field=name)


def profiles_digest(profiles: Iterable[Profile]) -> str:
    """Return a digest that changes when a profile, a store or the version of Fyr changes."""
    digest = sha256(__version__.encode())
    for profile in sorted(profiles, key=lambda each: each.id):
        label = sorted(profile.label.items())
        rules = (profile.id, label, profile.builder, profile.share, profile.tier.value)
        digest.update(repr((rules, profile.tolerances, profile.store.published)).encode())
        digest.update(profile.store.digest)
    return digest.hexdigest()
