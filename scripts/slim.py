"""Removes from an environment what Fyr never uses: the container image is half as large.

`python -m scripts.slim .venv` runs with the Python of that environment. Everything that Fyr does
works as before; tests/e2e/test_wheel.py serves a page from an environment after it.
"""

import compileall
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

from app.i18n.languages import REGISTERED
from app.i18n.locale_data import reduce_locale_data

__all__ = ["slim"]

# For compilers and type checkers.
_SOURCES = frozenset({".c", ".cpp", ".h", ".hpp", ".pxd", ".pyi", ".pyx"})
# Files by package, with the reason. The first two names of a package stay.
_UNUSED = (
    ("PIL", "_avif.*.so"),  # AVIF, a format of pictures that Fyr neither reads nor writes
    ("pillow.libs", "libavif-*"),
)
# Languages of source code, of which Rich highlights only Python, in tracebacks.
_KEPT_LEXERS = frozenset({"__init__.py", "_mapping.py", "python.py", "special.py"})
# Our own package keeps its source, so that a traceback shows the lines.
_OURS = frozenset({"app"})


def slim(packages: Path) -> None:
    """Remove what is unused from a folder of installed packages."""
    for file in [*_unused(packages)]:
        file.unlink()
    _reduce_locales(packages / "babel" / "locale-data")
    for catalogue in (packages / "app" / "_shipped" / "locales").rglob("*.po"):
        _remove_comments(catalogue)
    for entry in sorted(packages.iterdir()):
        if entry.name not in _OURS:
            _keep_bytecode_alone(entry)


def _unused(packages: Path) -> Iterator[Path]:
    yield from (file for file in packages.rglob("*") if file.suffix in _SOURCES)
    for package, pattern in _UNUSED:
        yield from (packages / package).glob(pattern)
    lexers = (packages / "pygments" / "lexers").glob("*.py")
    yield from (file for file in lexers if file.name not in _KEPT_LEXERS)


def _reduce_locales(folder: Path) -> None:
    """Reduce CLDR data to what pages use; data of languages in which Fyr has no texts to nothing.

    The files stay, because Babel knows by them which languages and regions there are.
    """
    languages = {"root", "no", *(tag.partition("-")[0] for tag in REGISTERED)}
    for file in folder.glob("*.dat"):
        data = {}
        if file.stem.partition("_")[0] in languages:
            data = pickle.loads(file.read_bytes())  # noqa: S301  # as Babel does
            reduce_locale_data(data)
        file.write_bytes(pickle.dumps(data, pickle.HIGHEST_PROTOCOL))


def _remove_comments(catalogue: Path) -> None:
    """Remove the comments for translators and the places of messages, which are half of a file."""
    lines = catalogue.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = (line for line in lines if not line.startswith(("#.", "#:")))
    catalogue.write_text("".join(kept), encoding="utf-8")


def _keep_bytecode_alone(entry: Path) -> None:
    """Keep only the bytecode of modules, in the place where Python imports it without a source."""
    files = [entry] if entry.suffix == ".py" else [*entry.rglob("*.py")]
    for file in files:
        if not compileall.compile_file(file, quiet=2, legacy=True):
            raise SystemExit(f"{file}: cannot be compiled")
        file.unlink()
    for file in [*entry.rglob("__pycache__/*.pyc")]:
        file.unlink()


def main() -> int:
    (environment,) = map(Path, sys.argv[1:])
    (packages,) = environment.glob("lib/python3*/site-packages")
    slim(packages)
    return 0


if __name__ == "__main__":
    sys.exit(main())
