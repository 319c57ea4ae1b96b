"""How every template is read: no undefined names, no half translations, compiled once for all."""

from collections.abc import Callable
from gettext import NullTranslations
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

from app import folder

__all__ = ["new_environment", "translated_environment"]


class _Compiled(BytecodeCache):
    """Templates as they were compiled, for the environments of the other languages."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


# What is escaped is compiled otherwise than what is not.
_COMPILED = {True: _Compiled(), False: _Compiled()}


def new_environment(*, autoescape: bool, finalize: Callable[..., Any] | None = None) -> Environment:
    """An environment for templates without words."""
    return Environment(  # who wants text says so
        loader=FileSystemLoader(folder("templates")),
        autoescape=autoescape,  # noqa: S701  # who wants text says so
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=_COMPILED[autoescape],
    )


def translated_environment(catalogue: NullTranslations, *, autoescape: bool) -> Environment:
    """An environment whose templates speak with `catalogue`."""
    environment = new_environment(autoescape=autoescape)
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    # The extension adds this method; Environment does not declare it.
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        catalogue, newstyle=True
    )
    return environment
