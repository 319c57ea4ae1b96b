"""Hashing threads: the threads of low priority in which passwords are hashed.

There are four, so that a process computes at most four hashes at a time.
"""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

__all__ = ["HASHING_THREADS", "run_in_hashing_thread"]

HASHING_THREADS = 4
# Not 19: a thread takes the interpreter lock at the end of a hash, and at 19 it can be interrupted
# for long while it holds the lock.
_NICENESS = 10

ResultT = TypeVar("ResultT")


def run_in_hashing_thread(work: Callable[[], ResultT]) -> ResultT:
    """Run `work` in a hashing thread, and wait for its result or exception."""
    return _threads().submit(work).result()


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(
        HASHING_THREADS, thread_name_prefix="fyr-hash", initializer=_lower_priority
    )


def _lower_priority() -> None:
    """Lower the priority of this thread, and so of the threads that argon2 starts from it.

    On Linux a niceness belongs to a thread (setpriority(2), section "C library/kernel
    differences") and new threads inherit it; other systems would change the whole process.
    """
    if sys.platform == "linux":
        try:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        except OSError:  # the process is nicer already, or may not change it
            return
