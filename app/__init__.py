"""Fyr: an incident status page service that an organisation runs itself."""

from pathlib import Path

__all__ = ["__version__", "folder"]

__version__ = "0.1.0"

_HERE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Where the files named `templates`, `locales`, `migrations` or `docs` are.

    An installed wheel carries them inside the package; a checkout has them beside it.
    """
    shipped = _HERE / "_shipped" / name
    return shipped if shipped.is_dir() else _HERE.parent / name
