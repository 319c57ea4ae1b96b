"""sd_notify(3): reports the state of `fyr serve` to systemd (`Type=notify`)."""

import os
import socket

__all__ = ["notify"]


def notify(state: str) -> None:
    """Send `READY=1` or another state; does nothing when systemd has not started this process."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(state.encode(), address.replace("@", "\0", 1))
