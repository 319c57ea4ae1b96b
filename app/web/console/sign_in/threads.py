"""Sign-in threads: the threads that count the attempts of strangers to sign in, and answer them.

There are two. In the threads that answer other requests, all attempts at once would compete with
the event loop for the interpreter, and visitors would wait for it.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from typing import ParamSpec, TypeVar

__all__ = ["run_in_sign_in_thread"]

_THREADS = 2

P = ParamSpec("P")
ResultT = TypeVar("ResultT")


async def run_in_sign_in_thread(
    work: Callable[P, ResultT], *arguments: P.args, **options: P.kwargs
) -> ResultT:
    """Call `work` in a sign-in thread, in order of arrival, and wait for its result."""
    context = copy_context()
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads(), lambda: context.run(work, *arguments, **options))


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="fyr-sign-in")
