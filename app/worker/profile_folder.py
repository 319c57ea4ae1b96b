"""The client profiles as their files say now, read again only when one of them was changed."""

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
    """Reads `folder`. A broken edit is told once, and the profiles of before go on being used."""

    folder: Path
    _profiles: Mapping[str, Profile] = field(default_factory=dict)
    _digest: str = ""
    _stamp: tuple[tuple[str, int], ...] | None = None
    _refused: str | None = None
    _lock: Lock = field(default_factory=Lock)

    def read(self) -> Mapping[str, Profile]:
        """All profiles by id."""
        with self._lock:
            self._refresh()
            return self._profiles

    def read_with_digest(self) -> tuple[Mapping[str, Profile], str]:
        """The same with a text that is another one when profiles or stores are."""
        with self._lock:
            self._refresh()
            return self._profiles, self._digest

    def _refresh(self) -> None:
        try:
            stamp = _files_stamp(self.folder)
            if stamp == self._stamp:
                return
            self._take(load_profiles(self.folder))
            self._stamp = stamp
        except (FyrError, OSError) as error:
            reason = str(error)
            if reason != self._refused:
                _log.error("profiles.refused reason=%s", reason)
            self._refused = reason
            if not self._profiles:
                self._take(load_profiles(None))

    def _take(self, profiles: Mapping[str, Profile]) -> None:
        self._profiles, self._digest = profiles, profiles_digest(profiles.values())


def _files_stamp(folder: Path) -> tuple[tuple[str, int], ...]:
    if not folder.is_dir():
        return ()
    return tuple(sorted((file.name, file.stat().st_mtime_ns) for file in folder.iterdir()))
