"""Open files: the limit on file descriptors of a process, which is raised at its start.

Each connection takes one. The soft limit is 1,024 nearly everywhere, for the sake of programs that
use select(2); the hard limit is what the system allows. See setrlimit(2).
"""

import logging
import resource
from contextlib import suppress

__all__ = ["raise_open_files"]

_log = logging.getLogger("fyr.serve")


def raise_open_files(wanted: int, *, is_first: bool = True) -> int:
    """Raise the soft limit to `wanted`, as far as the hard limit allows; returns what it is then.

    It is never lowered. The first process of an installation logs that it stays below.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    reachable = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if reachable > soft:
        # A sandbox can forbid it; the limits on connections follow what there is.
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
            soft = reachable
    if soft < wanted and is_first:
        _log.warning("serve.few_open_files limit=%d wanted=%d", soft, wanted)
    return soft
