"""A real nginx in front of Fyr, with the configuration of deploy/, and the snippets of docs/."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import load_der_x509_certificate

from app.export.nginx.proxy_errors import proxy_errors_conf
from app.i18n.languages import LANGUAGES
from tests.cast import open_installation
from tests.e2e.proxies import NGINX, nginx_errors, proxy, shipped
from tests.e2e.serving import Server, free_port, fyr, serving
from tests.e2e.sources import add_source
from tests.network import PLAIN
from tests.trust.authorities import HOST, key, make
from tests.web.api.routes import every_route

pytestmark = pytest.mark.skipif(NGINX is None, reason="there is no nginx")

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
SNIPPET = re.compile(r"^```nginx\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
MEGABYTE = 2**20


class Peer(BaseHTTPRequestHandler):
    """Stands for a Fyr: answers with the status of its server; without one it closes."""

    server: "Peers"
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.received.append(self.command)
        if self.server.status is None:
            self.close_connection = True
            return
        self.send_response(self.server.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_GET = do_POST = do_PATCH = answer  # noqa: N815  # the names of the base class

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


class Peers(ThreadingHTTPServer):
    def __init__(self, status: int | None) -> None:
        super().__init__(("127.0.0.1", 0), Peer)
        self.status = status
        self.received: list[str] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


def peer(installation: ExitStack, status: int | None) -> Peers:
    server = Peers(status)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    installation.callback(server.server_close)
    installation.callback(server.shutdown)
    return server


@pytest.fixture
def secured(tmp_path: Path) -> Path:
    """A folder with a certificate and its key, as an operator has them in /etc/ssl."""
    secret = key(HOST).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "status.example.com.key").write_bytes(secret)
    certificate = load_der_x509_certificate(make(HOST)).public_bytes(Encoding.PEM)
    (tmp_path / "status.example.com.pem").write_bytes(certificate)
    return tmp_path


def test_nginx_accepts_the_file_as_it_is(tmp_path: Path) -> None:
    text = shipped(tmp_path, f"listen 127.0.0.1:{free_port()};\n")
    assert nginx_errors(tmp_path, text) == ""
    assert "unknown directive" in nginx_errors(tmp_path, text.replace("limit_conn ", "limit_c "))


def test_nginx_accepts_the_file_with_the_lines_for_tls(secured: Path) -> None:
    text = shipped(secured, "")
    tls = re.sub(r"(?m)^    #   (?=\S+ .*;$)", "    ", text)
    assert tls.count("\n    ssl_certificate") == 2
    tls = tls.replace("/etc/ssl/", f"{secured}/")
    # The privileged port is free to be tested only as root.
    assert nginx_errors(secured, tls.replace("443", "44443")) == ""


def test_nginx_accepts_each_snippet_of_the_documents(secured: Path) -> None:
    found = [
        snippet
        for file in sorted(DOCS.rglob("*.md"))
        for snippet in SNIPPET.findall(file.read_text())
    ]
    assert found
    site = secured / "status"
    (site / ".fyr" / "nginx").mkdir(parents=True)
    for name in ("http.conf", "server.conf"):
        (site / ".fyr" / "nginx" / name).write_text("")
    for snippet in found:
        inner = re.fullmatch(r"http \{\n(.*)\}\n", snippet, re.DOTALL)
        text = (inner[1] if inner else snippet).replace("/srv/status", str(site))
        text = f"server {{\n{text}}}\n" if text.startswith("location ") else text
        text = text.replace("/etc/ssl/", f"{secured}/").replace("443", "44443")
        assert nginx_errors(secured, text) == "", snippet


def test_each_snippet_of_the_documents_for_nginx_is_marked_as_such() -> None:
    directive = re.compile(r"\b(proxy_pass|server_name|limit_req|add_header|ssl_certificate) ")
    for file in sorted(DOCS.rglob("*.md")):
        for language, block in BLOCK.findall(file.read_text()):
            assert language == "nginx" or not directive.search(block), file.name


def test_nginx_accepts_the_error_page_in_every_language_and_holds_each_whole(
    tmp_path: Path,
) -> None:
    assert nginx_errors(tmp_path, proxy_errors_conf(LANGUAGES, "en")) == ""


def test_a_get_is_answered_by_the_other_machine_when_one_is_gone(tmp_path: Path) -> None:
    with ExitStack() as stack:
        first, other = peer(stack, 200), peer(stack, 200)
        url = stack.enter_context(proxy(tmp_path, [first.address, other.address]))
        first.shutdown()
        first.server_close()
        with httpx.Client(verify=PLAIN) as client:
            assert {client.get(f"{url}/en/").status_code for _ in range(30)} == {200}


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("status", [None, 502, 503])
def test_a_request_that_changes_something_is_never_sent_twice(
    tmp_path: Path, method: str, status: int | None
) -> None:
    with ExitStack() as stack:
        peers = [peer(stack, status), peer(stack, status)]
        url = stack.enter_context(proxy(tmp_path, [each.address for each in peers]))
        for path in ("/en/subscribe", "/api/v1/incidents", "/hooks/x", "/console/page/import"):
            answer = httpx.request(method, f"{url}{path}", content=b"a=b", verify=PLAIN)
            assert answer.status_code == (status or 503)
        assert sorted(peers[0].received + peers[1].received) == [method] * 4


def test_a_get_that_fails_is_repeated_on_the_other_machine(tmp_path: Path) -> None:
    with ExitStack() as stack:
        peers = [peer(stack, None), peer(stack, None)]
        url = stack.enter_context(proxy(tmp_path, [each.address for each in peers]))
        assert httpx.get(f"{url}/en/", verify=PLAIN).status_code == 503
        assert [each.received for each in peers] == [["GET"], ["GET"]]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str, str, Path]]:
    """A Fyr, the token of an admin, the path of a hook, and a folder."""
    folder = tmp_path_factory.mktemp("behind")
    environment = {"FYR_DATA_DIR": str(folder)}
    source = add_source(folder, "generic")
    made = fyr(folder, "token", "add", "ci", "--role", "admin", environment=environment)
    with serving(folder, "--no-worker", environment=environment) as server:
        yield server, made.stdout.split()[-1], f"/hooks/{source.token}", folder


@pytest.fixture(scope="module")
def behind(
    running: tuple[Server, str, str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A client of that Fyr, through nginx."""
    server, token, _, _ = running
    folder = tmp_path_factory.mktemp("nginx")
    with (
        proxy(folder, [urlsplit(server.address).netloc]) as url,
        httpx.Client(
            base_url=url, timeout=60, verify=PLAIN, headers={"Authorization": f"Bearer {token}"}
        ) as client,
    ):
        yield client


def test_a_large_import_passes(behind: httpx.Client) -> None:
    history = b"a" * (20 * MEGABYTE)
    answer = behind.post("/api/v1/imports/files?name=history.json", content=history)
    assert (answer.status_code, answer.json()["bytes"]) == (201, len(history))


def test_a_large_import_of_a_stranger_is_refused_before_it_is_sent(behind: httpx.Client) -> None:
    url = behind.base_url
    head = "POST /api/v1/imports/files HTTP/1.1\r\nHost: h\r\n"
    head += f"Content-Length: {400 * MEGABYTE}\r\n\r\n"
    with socket.create_connection((url.host, url.port or 80), timeout=30) as line:
        line.sendall(head.encode() + b"a" * 1000)
        assert line.recv(1000).startswith(b"HTTP/1.1 401 ")


def test_a_large_logo_reaches_fyr_which_names_its_limit(behind: httpx.Client) -> None:
    small = behind.put("/api/v1/page/logo", content=b"a" * (2 * MEGABYTE - 10))
    assert small.status_code == 422
    large = behind.put("/api/v1/page/logo", content=b"a" * (2 * MEGABYTE + 10))
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")


def test_a_hook_of_a_megabyte_passes(
    behind: httpx.Client, running: tuple[Server, str, str, Path]
) -> None:
    event = {"dedup_key": "a", "status": "firing", "title": "t", "more": "x" * (MEGABYTE - 200)}
    assert behind.post(running[2], content=json.dumps(event)).status_code == 202


def test_the_log_of_nginx_has_no_secret_of_a_path_or_a_query(
    tmp_path: Path, sqlite_url: str
) -> None:
    with open_installation(sqlite_url, tmp_path / "data") as installation:
        paths = {path for _, path, _ in every_route(installation.app)}
    secret_paths = {re.sub(r"\{(token|secret)\}", "sesame", path) for path in paths}
    tried = [re.sub(r"\{\w+\}", "en", path) for path in sorted(secret_paths) if "sesame" in path]
    assert len(tried) > 5
    with proxy(tmp_path, [f"127.0.0.1:{free_port()}"]) as url, httpx.Client(verify=PLAIN) as client:
        for path in [*tried, "/en/?token=sesame"]:
            client.get(f"{url}{path}", headers={"Referer": "https://h/sesame"})
            # As other spellings of the path, which nginx and Fyr resolve.
            client.get(f"{url}/.{path}")
            client.get(f"{url}/{path.replace('s', '%73')}")
    log = (tmp_path / "fyr.log").read_text()
    assert log.count("GET") >= 3 * len(tried)
    assert "sesame" not in log


def test_visitors_see_our_page_in_their_language_while_fyr_does_not_answer(tmp_path: Path) -> None:
    with proxy(tmp_path, [f"127.0.0.1:{free_port()}"]) as url, httpx.Client(verify=PLAIN) as client:
        answer = client.get(f"{url}/sv/history", headers={"Accept-Language": "ar"})
        assert answer.status_code == 503
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Language"] == "sv"
        assert '<html lang="sv" dir="ltr">' in answer.text
        for path in ("/", "/console/login"):
            answer = client.post(f"{url}{path}", headers={"Accept-Language": "fr, ar;q=0.8"})
            assert '<html lang="ar" dir="rtl">' in answer.text
        problem = client.post(f"{url}/hooks/secret")
        assert problem.headers["Content-Type"] == "application/problem+json"
        assert (problem.status_code, problem.json()["code"]) == (503, "unavailable")
    assert "secret" not in (tmp_path / "fyr.log").read_text()
