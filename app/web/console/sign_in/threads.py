"""Sign-in threads: two that count the attempts of strangers to sign in, and answer them, and two
that show the sign-in page.

In the threads that answer other requests, all of these at once would compete with the event loop
for the interpreter, and visitors would wait for it. An attempt does not wait for pages.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from typing import ParamSpec, TypeVar

__all__ = ["run_in_sign_in_page_thread", "run_in_sign_in_thread"]

_THREADS = 2

P = ParamSpec("P")
ResultT = TypeVar("ResultT")


async def run_in_sign_in_thread(
    work: Callable[P, ResultT], *arguments: P.args, **options: P.kwargs
) -> ResultT:
    """Call `work` in a thread for attempts, in order of arrival, and wait for its result."""
    return await _run("fyr-sign-in", lambda: work(*arguments, **options))


async def run_in_sign_in_page_thread(
    work: Callable[P, ResultT], *arguments: P.args, **options: P.kwargs
) -> ResultT:
    """Call `work` in a thread for sign-in pages, in order of arrival, and wait for its result."""
    return await _run("fyr-sign-in-page", lambda: work(*arguments, **options))


async def _run(name: str, work: Callable[[], ResultT]) -> ResultT:
    context = copy_context()
    return await asyncio.get_running_loop().run_in_executor(_threads(name), context.run, work)


@cache
def _threads(name: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix=name)
