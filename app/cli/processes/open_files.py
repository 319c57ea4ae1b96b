"""Open files: the limit on file descriptors of a process, which is raised at its start.

Each connection takes one. The soft limit is 1,024 nearly everywhere, for the sake of programs that
use select(2); the hard limit is what the system allows. See setrlimit(2).
"""

import logging
import resource

__all__ = ["raise_open_files"]

_log = logging.getLogger("fyr.serve")


def raise_open_files(wanted: int) -> int:
    """Raise the soft limit to `wanted`, as far as the hard limit allows; returns what it is then.

    It is never lowered.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    reachable = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if reachable > soft:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
        except (OSError, ValueError):
            # A sandbox can forbid it; the limits on connections follow what there is.
            return soft
        soft = reachable
    if soft < wanted:
        _log.warning("serve.few_open_files limit=%d wanted=%d", soft, wanted)
    return soft
