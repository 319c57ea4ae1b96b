"""Client profiles of the data directory, read again when a file changes."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from app.domain.errors import FyrError
from app.trust.clients.profiles import Profile, profiles_digest
from app.usecases.targets.profiles import load_profiles

__all__ = ["ProfileFolder"]

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class ProfileFolder:
    """Reads `folder`. After a broken edit, logged once, the former profiles stay in use."""

    folder: Path
    _profiles: Mapping[str, Profile] = field(default_factory=dict)
    _digest: str = ""
    _stamp: tuple[tuple[str, int], ...] | None = None
    _refused: str | None = None
    _lock: Lock = field(default_factory=Lock)

    def read(self) -> Mapping[str, Profile]:
        """Return all profiles by id."""
        with self._lock:
            self._refresh()
            return self._profiles

    def read_with_digest(self) -> tuple[Mapping[str, Profile], str]:
        """Return all profiles by id, and a digest that changes with profiles and stores."""
        with self._lock:
            self._refresh()
            return self._profiles, self._digest

    def _refresh(self) -> None:
        try:
            stamp = _files_stamp(self.folder)
            if stamp == self._stamp:
                return
            self._set(load_profiles(self.folder))
            self._stamp = stamp
        except (FyrError, OSError) as error:
            reason = str(error)
            if reason != self._refused:
                _log.error("profiles.refused reason=%s", reason)
            self._refused = reason
            if not self._profiles:
                self._set(load_profiles(None))

    def _set(self, profiles: Mapping[str, Profile]) -> None:
        self._profiles, self._digest = profiles, profiles_digest(profiles.values())


def _files_stamp(folder: Path) -> tuple[tuple[str, int], ...]:
    if not folder.is_dir():
        return ()
    return tuple(sorted((file.name, file.stat().st_mtime_ns) for file in folder.iterdir()))
