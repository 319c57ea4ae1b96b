"""Export to a folder for a web server, with precompressed variants beside each file."""

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from app.domain.page.pages import PageFacts
from app.export.errors import ExportError
from app.export.manifest import Manifest
from app.export.nginx.server import http_conf, server_conf
from app.export.page_file import ARCHIVE_CODING, SUFFIXES, ExportedPage, file_name
from app.web.page_cache.serving.content_encoding import IDENTITY, encode_all

__all__ = ["Folder"]

# Folder for the files that are not part of the site.
_META = ".fyr"
_MANIFEST = "export.db"
# Of earlier releases.
_FORMER_MANIFEST = "export.json"
_TEMPORARY = ".fyr-new"


class Folder:
    """Folder whose files are replaced atomically: written beside their name, then renamed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._meta = root / _META
        self._manifest: Manifest | None = None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the folder. Raises ExportError while another export holds the lock."""
        with _errors(self.root):
            self._refuse_others()
            self._meta.mkdir(parents=True, exist_ok=True)
            lock = (self._meta / "lock").open("ab")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ExportError(f"Another export to {self.root} is under way.") from None
            try:
                yield
            finally:
                self._close_manifest()

    def _close_manifest(self) -> None:
        if self._manifest is not None:
            self._manifest.close()
            self._manifest = None

    def _refuse_others(self) -> None:
        if not self._meta.is_dir() and self.root.is_dir() and any(self.root.iterdir()):
            raise ExportError(
                f"{self.root} is not empty and holds no export; name a folder of its own."
            )

    def opened_manifest(self) -> Manifest:
        if self._manifest is None:
            with _errors(self.root):
                self._meta.mkdir(parents=True, exist_ok=True)
            self._manifest = Manifest(self._meta / _MANIFEST)
            former = self._meta / _FORMER_MANIFEST
            with _errors(former):
                if former.is_file():
                    self._manifest.read_document(former.read_bytes())
                    former.unlink()
        return self._manifest

    def save_manifest(self) -> None:
        """Nothing to do: the manifest is in the folder."""

    def prepare(self) -> None:
        with _errors(self.root):
            for folder, _, files in os.walk(self.root):
                for file in files:
                    if file.endswith(_TEMPORARY):
                        Path(folder, file).unlink()  # left by an export that was killed

    def tags(self, files: Iterable[str]) -> Mapping[str, str]:
        found = {}
        with _errors(self.root):
            for file in files:
                with suppress(FileNotFoundError, NotADirectoryError):
                    found[file] = _tag(self.root / file)
        return found

    def names(self, page: ExportedPage) -> Sequence[str]:
        kind = page.meta.content_type
        return tuple(dict.fromkeys(file_name(path, kind) for path in (page.key, *page.plain)))

    def files(self, name: str) -> Sequence[str]:
        return tuple(name + suffix for suffix in SUFFIXES.values())

    def put(
        self, names: Sequence[str], body: bytes, page: ExportedPage
    ) -> Mapping[str, Mapping[str, str]]:
        encoded = encode_all(body, (ARCHIVE_CODING,)) if page.archive else encode_all(body)
        return {
            name: {
                name + SUFFIXES[coding]: self.write_file(name + SUFFIXES[coding], each)
                for coding, each in encoded.items()
                if coding == IDENTITY or _is_compressed(page, name)
            }
            for name in names
        }

    def finish(self, facts: PageFacts) -> None:
        root = self.root.resolve()
        for name, text in (
            ("http.conf", http_conf(facts)),
            ("server.conf", server_conf(root, facts)),
        ):
            path = self._meta / "nginx" / name
            if not path.is_file() or path.read_text() != text:
                self.write_file(f"{_META}/nginx/{name}", text.encode())

    def write_file(self, name: str, content: bytes) -> str:
        """Replace one file atomically and return its tag."""
        path = self.root / name
        temporary = path.with_name(path.name + _TEMPORARY)
        with _errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(content)
            _ensure_newer(temporary, path)
            temporary.replace(path)
            return _tag(path)

    def delete(self, files: Iterable[str]) -> None:
        with _errors(self.root):
            for file in files:
                path = self.root / file
                path.unlink(missing_ok=True)
                with suppress(OSError):  # ends at the first folder that is not empty
                    for folder in path.relative_to(self.root).parents[:-1]:
                        (self.root / folder).rmdir()


def _is_compressed(page: ExportedPage, name: str) -> bool:
    # Further names are for static hosts, which compress by themselves.
    return not page.archive or name == file_name(page.key, page.meta.content_type)


def _tag(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_mtime_ns:x}-{stat.st_size:x}"


def _ensure_newer(fresh: Path, former: Path) -> None:
    """Give the new file a later second: web servers derive ETags from mtime and size."""
    if former.exists() and int(former.stat().st_mtime) >= int(fresh.stat().st_mtime):
        at = int(former.stat().st_mtime) + 1
        os.utime(fresh, (at, at))


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportError(f"{path} cannot be used: {error.strerror}.") from error
