"""A folder that a web server serves from, with compressed forms beside each file."""

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from app.domain.page.pages import PageFacts
from app.export.nginx import http_conf, server_conf
from app.export.page_file import SUFFIXES, ExportedPage, file_name
from app.export.sync import ExportError
from app.web.page_cache.serving.content_encoding import encode_all
from app.web.page_cache.stored_page import PageMeta

__all__ = ["Folder"]

# What is not of the site stands in here.
_OWN = ".fyr"
_LEDGER = "export.json"
_FRESH = ".fyr-new"


class Folder:
    """Files are written beside their place and renamed into it, so that each is always whole."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._own = root / _OWN

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold off every other export to this folder. Raises MirrorError when there is one."""
        with _telling(self.root):
            self._refuse_others()
            self._own.mkdir(parents=True, exist_ok=True)
            lock = (self._own / "lock").open("ab")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ExportError(f"Another export to {self.root} is under way.") from None
            yield

    def _refuse_others(self) -> None:
        if not self._own.is_dir() and self.root.is_dir() and any(self.root.iterdir()):
            raise ExportError(
                f"{self.root} is not empty and holds no export; name a folder of its own."
            )

    def ledger(self) -> bytes | None:
        with _telling(self.root):
            try:
                return (self._own / _LEDGER).read_bytes()
            except FileNotFoundError:
                return None

    def note(self, ledger: bytes) -> None:
        self.place(f"{_OWN}/{_LEDGER}", ledger)

    def present(self) -> Mapping[str, str]:
        found = {}
        with _telling(self.root):
            for folder, _, files in os.walk(self.root):
                for file in files:
                    path = Path(folder, file)
                    if file.endswith(_FRESH):
                        path.unlink()  # an export ended in the middle of it
                    else:
                        found[path.relative_to(self.root).as_posix()] = _tag(path)
        return found

    def names(self, leaf: ExportedPage) -> Sequence[str]:
        kind = leaf.look.content_type
        return tuple(dict.fromkeys(file_name(path, kind) for path in (leaf.key, *leaf.plain)))

    def files(self, name: str) -> Sequence[str]:
        return tuple(name + suffix for suffix in SUFFIXES.values())

    def put(
        self,
        names: Sequence[str],
        body: bytes,
        look: PageMeta,  # noqa: ARG002  # the server's own configuration tells the headers
    ) -> Mapping[str, Mapping[str, str]]:
        forms = encode_all(body)
        return {
            name: {
                name + SUFFIXES[coding]: self.place(name + SUFFIXES[coding], each)
                for coding, each in forms.items()
            }
            for name in names
        }

    def finish(self, facts: PageFacts) -> None:
        root = self.root.resolve()
        for name, text in (
            ("http.conf", http_conf(facts)),
            ("server.conf", server_conf(root, facts)),
        ):
            path = self._own / "nginx" / name
            if not path.is_file() or path.read_text() != text:
                self.place(f"{_OWN}/nginx/{name}", text.encode())

    def place(self, name: str, content: bytes) -> str:
        """Write one file and give its tag; nobody ever reads half of it."""
        path = self.root / name
        fresh = path.with_name(path.name + _FRESH)
        with _telling(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(content)
            _make_newer(fresh, path)
            fresh.replace(path)
            return _tag(path)

    def delete(self, files: Iterable[str]) -> None:
        with _telling(self.root):
            for file in files:
                path = self.root / file
                path.unlink(missing_ok=True)
                with suppress(OSError):  # until one is not empty
                    for folder in path.relative_to(self.root).parents[:-1]:
                        (self.root / folder).rmdir()


def _tag(path: Path) -> str:
    about = path.stat()
    return f"{about.st_mtime_ns:x}-{about.st_size:x}"


def _make_newer(fresh: Path, former: Path) -> None:
    """Web servers make validators of whole seconds and sizes: two texts must differ in one."""
    if former.exists() and int(former.stat().st_mtime) >= int(fresh.stat().st_mtime):
        at = int(former.stat().st_mtime) + 1
        os.utime(fresh, (at, at))


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportError(f"{path} cannot be used: {error.strerror}.") from error
