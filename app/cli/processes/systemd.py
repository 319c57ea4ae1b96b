"""Tells systemd how `fyr serve` is, where that has started it (`Type=notify`)."""

import os
import socket

__all__ = ["tell"]


def tell(state: str) -> None:
    """Say `READY=1` or the like; nothing where nobody listens."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as telling:
        telling.sendto(state.encode(), place.replace("@", "\0", 1))
