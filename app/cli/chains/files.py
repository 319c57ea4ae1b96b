"""Input files of `fyr probe` and `fyr judge`: certificates, and roots that clients trust."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from app.cli.chains.options import chosen_profiles, known_profiles, profiles_folder, usage_error
from app.trust.clients.profiles import BROWSERS, Profile, shipped_profiles
from app.trust.clients.stores import Store, store_from_pem
from app.trust.errors import ChainError, StoreError
from app.trust.x509.certificate import Certificate
from app.trust.x509.chain import Chain, read_pem

__all__ = ["certificates", "chain_in", "profiles_for"]

_MOST_BYTES = 10_000_000


def profiles_for(
    names: list[str], roots: Path | None
) -> tuple[Mapping[str, Profile], Mapping[str, Profile]]:
    """Return the profiles that count, and those that are shown for information.

    With `roots`, the named profiles trust the roots in this file instead of their own. Without a
    name, clients with the least rules count, and current browsers are shown.
    """
    if roots is None:
        known = known_profiles(profiles_folder())
        main_profiles = chosen_profiles(known, names)
        return main_profiles, {} if names else _others(known, main_profiles)
    store = _store(roots)
    if names:
        chosen = chosen_profiles(known_profiles(profiles_folder()), names)
        return {name: _trusting(one, store) for name, one in chosen.items()}, {}
    label = {"en": f"Clients that trust {roots.name}"}
    own = Profile("roots", label, "any_path", store)
    return {own.id: own}, {BROWSERS: _trusting(shipped_profiles()[BROWSERS], store)}


def chain_in(file: Path) -> Chain:
    """Return the chain in a file, or exit with a usage error."""
    try:
        return read_pem(_bytes(file))
    except ChainError as error:
        usage_error(f"{file}: {error.message}")


def certificates(file: Path | None) -> tuple[Certificate, ...]:
    """Return the certificates in an optional file."""
    return chain_in(file).certificates if file else ()


def _others(known: Mapping[str, Profile], main: Mapping[str, Profile]) -> Mapping[str, Profile]:
    return {name: one for name, one in known.items() if name not in main}


def _trusting(profile: Profile, store: Store) -> Profile:
    """The profile with an operator's own roots.

    The longest validity and the dates of a root programme bind public authorities alone: Chromium
    applies them only to the roots that it ships (CertVerifyProc, `is_issued_by_known_root`). Of
    other roots it enforces the dates and the extensions, as measured with Chromium 156.
    """
    tolerances = replace(profile.tolerances, maximum_validity=False, programme=None)
    if profile.id == BROWSERS:
        tolerances = replace(tolerances, anchor_expiry=True, anchor_constraints=True)
    return replace(profile, store=store, tolerances=tolerances)


def _store(file: Path) -> Store:
    try:
        return store_from_pem(str(file), _bytes(file))
    except StoreError as error:
        usage_error(error.message)


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > _MOST_BYTES:
            usage_error(f"{file} is larger than {_MOST_BYTES} bytes.")
        return file.read_bytes()
    except (OSError, ValueError) as error:
        usage_error(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.")
