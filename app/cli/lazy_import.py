"""Modules loaded by their name when they are wanted: the one place where that is done.

Everything Fyr consists of takes a second and a hundred megabytes to import. A command loads its own
module only, `fyr serve` looks after its processes without any of it, and a web process answers from
its snapshot while the application is still being imported.
"""

from importlib import import_module
from typing import Any

__all__ = ["load"]


def load(what: str) -> Any:  # noqa: ANN401  # whatever is there
    """What is called `package.module:name`."""
    module, _, name = what.partition(":")
    return getattr(import_module(module), name)
