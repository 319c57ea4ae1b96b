"""A real nginx on an exported folder."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from scripts.programs import nginx

__all__ = ["serving"]

_CONF = """
daemon off; worker_processes 1; pid {own}/pid; error_log {own}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {own}/b; proxy_temp_path {own}/p; fastcgi_temp_path {own}/f;
    uwsgi_temp_path {own}/u; scgi_temp_path {own}/s;
    include {site}/.fyr/nginx/http.conf;
    server {{
        listen 127.0.0.1:{port};
        include {site}/.fyr/nginx/server.conf;
    }}
}}
"""


@contextmanager
def serving(site: Path, own: Path) -> Iterator[httpx.Client]:
    """Who asks an nginx with the export's own configuration; skips where there is no nginx."""
    program = nginx.find()
    if program is None:
        pytest.skip("there is no nginx: `make test` installs one where it can")
    own.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    conf = own / "nginx.conf"
    conf.write_text(_CONF.format(own=own, site=site, port=port))
    command = [str(program), "-p", str(own), "-c", str(conf), "-e", str(own / "error.log")]
    if os.geteuid() == 0:
        command += ["-g", "user root;"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            # It would ask for every coding it knows by itself.
            client.headers = httpx.Headers({"Connection": "keep-alive"})
            _wait(client, process)
            yield client
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _wait(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            client.get("/")
        except httpx.TransportError:
            assert process.poll() is None, process.communicate()[1].decode()
            assert time.monotonic() < deadline, "nginx does not answer"
            time.sleep(0.02)
        else:
            return
