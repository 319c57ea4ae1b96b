"""Templates are compiled once for all threads and all languages."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from gettext import NullTranslations
from threading import Barrier
from typing import Any

import pytest
from jinja2 import Environment

from app.rendering import template_loader
from app.rendering.environment import new_public_environment

THREADS = 8


def test_threads_that_need_a_template_at_once_compile_it_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiled: Counter[str] = Counter()
    compile_ = Environment._compile

    def counted(self: Environment, source: str, filename: str) -> Any:  # noqa: ANN401
        compiled[filename] += 1
        return compile_(self, source, filename)

    monkeypatch.setattr(Environment, "_compile", counted)
    monkeypatch.setattr(
        template_loader,
        "_BYTECODE",
        dict.fromkeys((True, False), template_loader._SharedBytecode()),
    )
    begin = Barrier(THREADS)

    def load() -> None:
        environment = new_public_environment(NullTranslations())
        begin.wait()
        environment.get_template("base.html")

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(load) for _ in range(THREADS)]:
            done.result()
    assert list(compiled.values()) == [1]
