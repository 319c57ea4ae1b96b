"""Import of a module by its name at the time of use.

Importing all of Fyr takes a second and a hundred megabytes. A command imports its own module only,
`fyr serve` supervises its processes without any of the others, and a web process answers from its
snapshot while the application is being imported. scripts/lazy_imports.py verifies the names.
"""

from importlib import import_module
from typing import Any

__all__ = ["load"]


def load(reference: str) -> Any:  # noqa: ANN401  # the type is that of the attribute
    """The attribute that `package.module:attribute` names."""
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)
