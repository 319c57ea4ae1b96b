"""Input files of `fyr probe` and `fyr judge`: certificates, and roots that clients trust."""

from collections.abc import Mapping
from pathlib import Path

from app.cli.chains.options import chosen_profiles, known_profiles, profiles_folder, usage_error
from app.trust.clients.profiles import Profile
from app.trust.clients.stores import store_from_pem
from app.trust.errors import ChainError, StoreError
from app.trust.x509.certificate import Certificate
from app.trust.x509.chain import Chain, read_pem

__all__ = ["certificates", "chain_in", "profiles_for"]

_MOST_BYTES = 10_000_000


def profiles_for(
    names: list[str], roots: Path | None
) -> tuple[Mapping[str, Profile], Mapping[str, Profile]]:
    """Return the profiles that count, and those that are shown for information."""
    own_profiles = {} if roots is None else _own(roots)
    if own_profiles and not names:
        return own_profiles, {}
    known = known_profiles(profiles_folder())
    main_profiles = {**own_profiles, **chosen_profiles(known, names)}
    other_profiles = (
        {} if names else {name: one for name, one in known.items() if name not in main_profiles}
    )
    return main_profiles, other_profiles


def chain_in(file: Path) -> Chain:
    """Return the chain in a file, or exit with a usage error."""
    try:
        return read_pem(_bytes(file))
    except ChainError as error:
        usage_error(f"{file}: {error.message}")


def certificates(file: Path | None) -> tuple[Certificate, ...]:
    """Return the certificates in an optional file."""
    return chain_in(file).certificates if file else ()


def _own(file: Path) -> Mapping[str, Profile]:
    try:
        store = store_from_pem(str(file), _bytes(file))
    except StoreError as error:
        usage_error(error.message)
    return {"roots": Profile("roots", {"en": f"Clients that trust {file.name}"}, "any_path", store)}


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > _MOST_BYTES:
            usage_error(f"{file} is larger than {_MOST_BYTES} bytes.")
        return file.read_bytes()
    except (OSError, ValueError) as error:
        usage_error(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.")
