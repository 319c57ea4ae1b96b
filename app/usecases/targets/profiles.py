"""Client profiles: those that ship with Fyr, and those in files of the operator."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from app.trust.clients.profiles import Profile, parse_profile, shipped_profiles
from app.trust.errors import ProfileError

__all__ = ["load_profiles"]

# A file of roots has a few hundred kilobytes; a larger file is not one.
_MOST_BYTES = 10_000_000


def load_profiles(folder: Path | None) -> Mapping[str, Profile]:
    """Return all profiles by id: the shipped ones, then those of `*.toml` files in `folder` by file
    name.

    A folder that does not exist counts as empty. Raises ProfileError naming the file, the field and
    the remedy; an id that is defined twice is an error too.
    """
    found = dict(shipped_profiles())
    origins = dict.fromkeys(found, "ships with Fyr")
    if folder is None or not folder.is_dir():
        return MappingProxyType(found)
    for file in sorted(folder.glob("*.toml")):
        profile = _read(file)
        if profile.id in found:
            taken = origins[profile.id]
            message = f"`id` {profile.id!r} is taken ({taken}); choose another."
            raise ProfileError(f"{file}: {message}", field="id")
        found[profile.id] = profile
        origins[profile.id] = f"in {file.name}"
    return MappingProxyType(found)


def _read(file: Path) -> Profile:
    try:
        return parse_profile(_bytes(file).decode("utf-8"), fetch=_Beside(file.parent))
    except ProfileError as error:
        raise ProfileError(f"{file}: {error.message}", field=error.field) from error
    except UnicodeDecodeError as error:
        raise ProfileError(f"{file}: This is not UTF-8 text: {error.reason}.") from error
    except OSError as error:
        raise ProfileError(f"{file}: This cannot be read: {error.strerror}.") from error


@dataclass(frozen=True, slots=True)
class _Beside:
    """Reads PEM files that are in the folder of the profile, and no others."""

    folder: Path

    def __call__(self, name: str) -> bytes | None:
        if Path(name).name != name:
            raise ProfileError(
                f"`roots` is {name!r}; put the PEM file beside the profile and give its bare name.",
                field="roots",
            )
        file = self.folder / name
        return _bytes(file) if file.is_file() else None


def _bytes(file: Path) -> bytes:
    if file.stat().st_size > _MOST_BYTES:
        raise ProfileError(f"{file.name} is larger than {_MOST_BYTES} bytes.")
    return file.read_bytes()
