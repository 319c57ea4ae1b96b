"""Hosts of push services, which browsers choose and strangers state."""

from collections.abc import Collection

__all__ = ["DEFAULT_PUSH_HOSTS", "is_push_host"]

# Chrome, Firefox, Safari and Edge.
DEFAULT_PUSH_HOSTS = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)


def is_push_host(host: str, allowed: Collection[str]) -> bool:
    """Whether `host` is an allowed push service; `*.` stands for one label or more."""
    return any(
        host.endswith(each[1:]) if each.startswith("*.") else host == each for each in allowed
    )
