"""The nginx configuration of deploy/, run by a real nginx."""

import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from app.export.nginx.proxy_errors import proxy_errors_conf
from scripts.programs import nginx
from tests.e2e.serving import wait_until
from tests.network import PLAIN

__all__ = ["NGINX", "nginx_errors", "proxy", "shipped"]

NGINX = nginx.find()
_CONF = Path(__file__).resolve().parent.parent.parent / "deploy" / "nginx.conf"
_LISTEN = "    listen 80;\n    listen [::]:80;\n"
_UPSTREAM = "    server 127.0.0.1:8000 max_fails=2 fail_timeout=5s;\n"
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def shipped(folder: Path, listen: str = _LISTEN) -> str:
    """deploy/nginx.conf as it is, with its files in `folder`."""
    text = _CONF.read_text()
    assert text.count(_LISTEN) == 1
    (folder / "fyr-errors.conf").write_text(proxy_errors_conf(("en", "sv", "ar"), "en"))
    text = text.replace("/etc/nginx/fyr-errors.conf", f"{folder}/fyr-errors.conf")
    return text.replace("/var/log/nginx", str(folder)).replace(_LISTEN, listen)


def nginx_errors(folder: Path, http: str) -> str:
    """What `nginx -t` reports about a configuration with this text in `http { }`."""
    file = _written(folder, http)
    command = [*_command(folder, file), "-t"]
    tested = subprocess.run(command, check=False, capture_output=True, text=True)
    return "" if tested.returncode == 0 else tested.stderr


@contextmanager
def proxy(folder: Path, servers: Sequence[str]) -> Iterator[str]:
    """The address of an nginx with deploy/nginx.conf in front of these servers (host:port)."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        here = f"127.0.0.1:{taken.getsockname()[1]}"
    text = shipped(folder, f"listen {here};\n")
    assert text.count(_UPSTREAM) == 1
    lines = [_UPSTREAM.replace("127.0.0.1:8000", each) for each in servers]
    # A test sends in seconds what one visitor sends in minutes.
    text = text.replace(_UPSTREAM, "".join(lines)).replace("rate=10r/s", "rate=1000r/s")
    file = _written(folder, text)
    process = subprocess.Popen(_command(folder, file), stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _listens(f"http://{here}/metrics"), f"{folder}/log tells why")
        yield f"http://{here}"
    finally:
        process.terminate()
        process.wait(10)


def _written(folder: Path, http: str) -> Path:
    file = folder / "nginx.conf"
    places = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in _TEMPORARY)
    file.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/log; events {{ }}"
        f"http {{ access_log off; {places} {http} }}"
    )
    return file


def _command(folder: Path, file: Path) -> list[str]:
    command = [str(NGINX), "-e", f"{folder}/log", "-p", str(folder), "-c", str(file)]
    return [*command, "-g", "user root;"] if os.geteuid() == 0 else command


def _listens(url: str) -> bool:
    try:
        return httpx.get(url, verify=PLAIN).status_code == 404
    except httpx.TransportError:
        return False
