"""Factories of Jinja environments; compiled templates are shared by all of them."""

from collections.abc import Callable, MutableMapping
from gettext import NullTranslations
from threading import Lock
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.bccache import Bucket

from app import folder

__all__ = ["new_environment", "translated_environment"]


class _SharedBytecode(BytecodeCache):
    """Compiled templates in memory, shared by the environments of all languages."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


class _CompilingOnce(FileSystemLoader):
    """Loads templates one after another: a second thread finds what the first has compiled.

    Without it, 20 sign-ins at once after a start compile the sign-in page 20 times, which took
    more than half of the interpreter's time.
    """

    _lock = Lock()

    def load(
        self,
        environment: Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # the name of Jinja
    ) -> Template:
        with self._lock:
            return super().load(environment, name, globals)


# Autoescape changes the compiled code.
_BYTECODE = {True: _SharedBytecode(), False: _SharedBytecode()}


def new_environment(*, autoescape: bool, finalize: Callable[..., Any] | None = None) -> Environment:
    """New environment without translations; an undefined name raises an error."""
    return Environment(
        loader=_CompilingOnce(folder("templates")),
        autoescape=autoescape,  # noqa: S701  # callers disable it for plain text
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=_BYTECODE[autoescape],
    )


def translated_environment(catalogue: NullTranslations, *, autoescape: bool) -> Environment:
    """New environment whose templates are translated by `catalogue`."""
    environment = new_environment(autoescape=autoescape)
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    # The extension adds this method; Environment does not declare it.
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        catalogue, newstyle=True
    )
    return environment
