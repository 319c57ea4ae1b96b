"""What stands in deploy/ is understood by the programs it is for."""

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.resources import files
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import jsonschema_rs
import pytest
import yaml
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import load_der_x509_certificate

from app.settings import Settings
from scripts import nginx
from scripts.image import steps
from tests.e2e.serving import wait_until
from tests.network import PLAIN
from tests.trust.authorities import HOST, key, make

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy"
NGINX = nginx.find()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for unit in (DEPLOY / "systemd").iterdir():
        true = shutil.which("true") or ""
        text = unit.read_text().replace("/opt/fyr/current/.venv/bin/python", true)
        (tmp_path / unit.name).write_text(text)
    units = sorted(str(file) for file in tmp_path.iterdir())
    completed = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        check=False,
        capture_output=True,
        text=True,
    )
    ours = [
        line for line in completed.stderr.splitlines() if "fyr" in line and "Failed to" not in line
    ]
    assert ours == []


def test_the_image_is_made_of_steps_that_can_be_followed() -> None:
    kinds = [kind for kind, _ in steps((DEPLOY / "Dockerfile").read_text())]
    assert kinds[0] == "FROM"
    assert re.fullmatch(
        r"\S+@sha256:[0-9a-f]{64}", steps((DEPLOY / "Dockerfile").read_text())[0][1]
    )
    assert {"RUN", "CMD", "HEALTHCHECK", "USER", "VOLUME"} <= set(kinds)


@pytest.mark.parametrize("name", ["fyr.service", "fyr-worker.service"])
def test_the_units_restrict_what_a_process_may_do(name: str) -> None:
    text = (DEPLOY / "systemd" / name).read_text()
    for setting in (
        *("UMask=0077", "SystemCallFilter=@system-service", "MemoryMax=", "LimitNOFILE="),
        *("RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6", "ProtectKernelTunables=yes"),
        *("ProtectKernelModules=yes", "ProtectKernelLogs=yes", "NoNewPrivileges=yes"),
    ):
        assert f"\n{setting}" in text, setting


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return loaded


def test_the_compose_file_is_valid_by_the_compose_specification(compose: dict[str, Any]) -> None:
    vendored = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = jsonschema_rs.validator_for(json.loads(vendored.read_text("utf-8")))
    assert [str(error) for error in schema.iter_errors(compose)] == []
    assert not schema.is_valid({"services": {"fyr": {**compose["services"]["fyr"], "port": 1}}})


def test_what_the_compose_file_names_exists(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        context = DEPLOY / service["build"]["context"]
        assert (context / service["build"]["dockerfile"]).is_file()
        assert set(service["networks"]) <= compose["networks"].keys()
        assert {each.split(":")[0] for each in service["volumes"]} <= compose["volumes"].keys()
        known = {f"FYR_{name.upper()}" for name in Settings.model_fields}
        assert service["environment"].keys() <= known
        # A variable of the shell that sets another setting would be a mistake.
        for name, value in service["environment"].items():
            assert re.fullmatch(rf"\$\{{{name}:-[^}}]+\}}", value), name


def nginx_errors(folder: Path, server: str) -> str:
    """What `nginx -t` reports about a configuration with this file in `http { }`."""
    server = server.replace("/var/log/nginx", str(folder))
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; error_log {folder}/log; events {{ }} http {{ {server} }}"
    )
    command = [str(NGINX), "-t", "-e", f"{folder}/log", "-p", str(folder)]
    tested = subprocess.run(
        [*command, "-c", str(folder / "nginx.conf")], check=False, capture_output=True, text=True
    )
    return "" if tested.returncode == 0 else tested.stderr


@pytest.mark.skipif(NGINX is None, reason="there is no nginx")
def test_nginx_accepts_the_file_as_it_is(tmp_path: Path) -> None:
    shipped = (DEPLOY / "nginx.conf").read_text()
    assert nginx_errors(tmp_path, shipped) == ""
    assert "unknown directive" in nginx_errors(tmp_path, shipped.replace("limit_conn ", "limit_c "))


@pytest.mark.skipif(NGINX is None, reason="there is no nginx")
def test_nginx_accepts_the_file_with_the_lines_for_tls(tmp_path: Path) -> None:
    secret = key(HOST).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "status.key").write_bytes(secret)
    certificate = load_der_x509_certificate(make(HOST)).public_bytes(Encoding.PEM)
    (tmp_path / "status.pem").write_bytes(certificate)
    text = (DEPLOY / "nginx.conf").read_text()
    before, _, rest = text.partition("    listen 127.0.0.1:8080;\n")
    tls = re.sub(r"(?m)^    #   (?=\S+ .*;$)", "    ", before)
    assert tls.count("\n    ssl_certificate") == 2
    tls = tls.replace("/etc/ssl/status.example.com", f"{tmp_path}/status")
    # The privileged port is free to be tested only as root.
    assert nginx_errors(tmp_path, tls.replace("443", "44443") + rest) == ""


class Peer(BaseHTTPRequestHandler):
    """Stands for a Fyr: nginx does not know the difference."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def peer(installation: ExitStack) -> tuple[HTTPServer, str]:
    server = HTTPServer(("127.0.0.1", 0), Peer)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    installation.callback(server.server_close)
    installation.callback(server.shutdown)
    return server, f"127.0.0.1:{server.server_port}"


@contextmanager
def balanced(folder: Path, first: str, second: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        here = f"127.0.0.1:{taken.getsockname()[1]}"
    text = (DEPLOY / "nginx.conf").read_text()
    for written, meant in (("8001", first), ("8002", second), ("8080", here)):
        text = text.replace(f"127.0.0.1:{written}", meant)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/log; events {{ }}"
        f"http {{ access_log off; {temporary} {text} }}"
    )
    command = [
        str(NGINX),
        "-e",
        f"{folder}/log",
        "-p",
        str(folder),
        "-c",
        str(folder / "nginx.conf"),
    ]
    if os.geteuid() == 0:
        command += ["-g", "user root;"]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: answers(f"http://{here}/"), f"{folder}/log tells why")
        yield f"http://{here}"
    finally:
        server.terminate()
        server.wait(10)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, verify=PLAIN).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.skipif(NGINX is None, reason="there is no nginx")
def test_nginx_asks_the_other_one_when_one_is_gone(tmp_path: Path) -> None:
    with ExitStack() as installation:
        first, one = peer(installation)
        _, other = peer(installation)
        url = installation.enter_context(balanced(tmp_path, one, other))
        assert httpx.get(f"{url}/metrics").status_code == 404
        first.shutdown()
        first.server_close()
        assert all(answers(f"{url}/en/") for _ in range(30))
