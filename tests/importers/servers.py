"""Servers of the samples: each answers what its `routes.json` describes, and 404 otherwise."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.network import started

__all__ = [
    "Requests",
    "betterstack_api",
    "cachet_api",
    "healthchecks_api",
    "hund_api",
    "instatus_api",
    "kuma_page",
    "serve",
    "statuspage_manage",
    "statuspage_public",
    "upptime_on_github",
]

Answer = tuple[int, str, bytes]
Answerer = Callable[[str, Mapping[str, str], Mapping[str, str]], Answer]
PostAnswerer = Callable[[str, Mapping[str, str], bytes], Answer]
_NOT_FOUND: Answer = (404, "text/html", b"not found")


@dataclass
class Requests:
    """The requests that a server got, by path and query."""

    paths: Counter[str] = field(default_factory=Counter)


@contextmanager
def serve(
    answer: Answerer, requests: Requests | None = None, post: PostAnswerer | None = None
) -> Iterator[str]:
    """A server on loopback; `answer` gets path, query, headers; `post` path, headers, body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # as the library calls it
            parts = urlsplit(self.path)
            if requests is not None:
                requests.paths[self.path] += 1
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.respond(*answer(parts.path, query, headers))

        def do_POST(self) -> None:  # as the library calls it
            if requests is not None:
                requests.paths[self.path] += 1
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers["content-length"]))
            self.respond(*(_NOT_FOUND if post is None else post(self.path, headers, body)))

        def respond(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if status == 420:
                self.send_header("Retry-After", "1")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    with started(server):
        yield f"http://127.0.0.1:{server.server_port}"


@contextmanager
def statuspage_public(folder: Path, requests: Requests | None = None) -> Iterator[str]:
    """The public pages of the sample."""

    def answer(path: str, query: Mapping[str, str], _: Mapping[str, str]) -> Answer:
        if path == "/history":
            file = folder / "history" / f"page-{int(query.get('page', '1')):02}.html"
            kind = "text/html; charset=utf-8"
        elif re.fullmatch(r"/api/v2/[a-z0-9/-]+\.json", path):
            file, kind = folder / path[1:], "application/json; charset=utf-8"
        else:
            return _NOT_FOUND
        return (200, kind, file.read_bytes()) if file.is_file() else _NOT_FOUND

    with serve(answer, requests) as url:
        yield url


@contextmanager
def statuspage_manage(folder: Path, requests: Requests | None = None) -> Iterator[str]:
    """The management API of the sample: two pages, short pages of lists, two refusals to hurry."""
    lists = {
        name: json.loads((folder / "v1" / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("pages", "components", "component-groups", "incidents", "subscribers")
    }
    refusals = [420, 420]

    def page_of(elements: list[Any], query: Mapping[str, str], first: int, most: int) -> list[Any]:
        number = int(query.get("page", str(first))) - first
        return elements[number * most : (number + 1) * most] if number >= 0 else elements[:most]

    def answer(path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        if headers.get("authorization") != "OAuth test-token-not-secret":
            return 401, "application/json", b'{"error":"Could not authenticate"}'
        if refusals and path != "/v1/pages":
            return refusals.pop(), "application/json", b"{}"
        name = path.rpartition("/")[2]
        if path == "/v1/pages":
            found = lists["pages"]
        elif not path.startswith("/v1/pages/nordlys0page/") or name not in lists:
            return _NOT_FOUND
        elif name == "subscribers":
            state = query.get("state", "active")
            of_state = [each for each in lists[name] if state in (each["_state"], "all")]
            shown = [{k: v for k, v in each.items() if k != "_state"} for each in of_state]
            found = page_of(shown, query, 0, 3)
        else:
            found = page_of(lists[name], query, 1, 4 if name == "incidents" else 100)
        return 200, "application/json", json.dumps(found).encode()

    with serve(answer, requests) as url:
        yield f"{url}/v1"


@contextmanager
def cachet_api(folder: Path, requests: Requests | None = None) -> Iterator[str]:
    """The API of Cachet 2.4, to the token of the sample only."""

    def answer(path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        if headers.get("x-cachet-token") != "test-token-not-secret":
            return 401, "application/json", b"{}"
        name = path.removeprefix("/api/v1/")
        file = folder / "api" / f"{name}.{int(query.get('page', '1'))}.json"
        return (200, "application/json", file.read_bytes()) if file.is_file() else _NOT_FOUND

    with serve(answer, requests) as url:
        yield url


@contextmanager
def healthchecks_api(folder: Path, requests: Requests | None = None) -> Iterator[str]:
    """The API of Healthchecks, to the key of the sample only."""

    def answer(path: str, _: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        if headers.get("x-api-key") != "test-token-not-secret":
            return 401, "application/json", b'{"error": "wrong api key"}'
        file = folder / f"{path.strip('/')}.json"
        found = path.startswith("/api/v3/") and path.endswith("/") and file.is_file()
        return (200, "application/json", file.read_bytes()) if found else _NOT_FOUND

    with serve(answer, requests) as url:
        yield url


@contextmanager
def kuma_page(folder: Path, requests: Requests | None = None) -> Iterator[str]:
    """The JSON of the status page of the sample; the history has two pages."""
    base = folder / "status-page-json" / "api" / "status-page"

    def answer(path: str, query: Mapping[str, str], _: Mapping[str, str]) -> Answer:
        if path == "/api/status-page/default":
            file = base / "default.json"
        elif path == "/api/status-page/default/incident-history":
            pages = {"": 1, "2026-11-10 02:10:00": 2}
            file = (
                base / "default" / f"incident-history.{pages.get(query.get('cursor', ''), 9)}.json"
            )
        else:
            return _NOT_FOUND
        return (200, "application/json", file.read_bytes()) if file.is_file() else _NOT_FOUND

    with serve(answer, requests) as url:
        yield f"{url}/status/default"


@contextmanager
def instatus_api(folder: Path, requests: Requests | None = None) -> Iterator[str]:
    """The API of Instatus, to the token of the sample only; lists have one page."""

    def answer(path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        if headers.get("authorization") != "Bearer test-token-not-secret":
            return 401, "application/json", b"{}"
        file = folder / f"{path[1:]}.json"
        if not file.is_file():
            return _NOT_FOUND
        body = file.read_bytes() if query.get("page", "1") == "1" else b"[]"
        return 200, "application/json", body

    with serve(answer, requests) as url:
        yield url


@contextmanager
def betterstack_api(folder: Path, requests: Requests | None = None) -> Iterator[str]:
    """The API of Better Stack, to the token of the sample only."""

    def answer(path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        if headers.get("authorization") != "Bearer test-token-not-secret":
            return 401, "application/json", b'{"errors":"Invalid Team API token"}'
        number = query.get("page", "1")
        name = path if number == "1" else f"{path}.page{int(number)}"
        file = folder / f"{name[1:]}.json"
        return (200, "application/json", file.read_bytes()) if file.is_file() else _NOT_FOUND

    with serve(answer, requests) as url:
        yield url


@contextmanager
def hund_api(folder: Path, requests: Requests | None = None) -> Iterator[str]:
    """The API of a page of Hund, to the token of the sample, in all languages."""

    def answer(path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        if headers.get("authorization") != "Bearer test-token-not-secret":
            return 401, "application/hal+json", b"{}"
        if headers.get("accept-language") != "*":
            return 400, "application/hal+json", b"{}"
        after = query.get("after")
        name = path if after is None else f"{path}.after-{after}"
        file = folder / f"{name[1:]}.json"
        return (200, "application/hal+json", file.read_bytes()) if file.is_file() else _NOT_FOUND

    with serve(answer, requests) as url:
        yield url


@contextmanager
def upptime_on_github(
    folder: Path, requests: Requests | None = None, *, has_graphql: bool = True
) -> Iterator[str]:
    """The repository of the sample in the APIs of GitHub Enterprise Server, to its token."""
    root = "/api/v3/repos/tideline/upptime"
    lists = {"/issues": folder / "issues.json", "/issues/comments": folder / "comments.json"}
    refused: Answer = (401, "application/json", b'{"message": "Bad credentials"}')

    def is_refused(headers: Mapping[str, str]) -> bool:
        return headers.get("authorization") != "Bearer test-token-not-secret"

    def answer(path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        if is_refused(headers):
            return refused
        name = unquote(path.removeprefix(root))
        if name in lists and query.get("per_page") == "100":
            return 200, "application/json", lists[name].read_bytes()
        file = folder / "repo" / name.removeprefix("/contents/")
        is_raw = headers.get("accept") == "application/vnd.github.raw"
        found = name.startswith("/contents/") and is_raw and file.is_file()
        kind = "application/vnd.github.raw; charset=utf-8"
        return (200, kind, file.read_bytes()) if found else _NOT_FOUND

    def post(path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if is_refused(headers):
            return refused
        if path != "/api/graphql" or not has_graphql:
            return _NOT_FOUND
        return 200, "application/json", graphql_answer(folder / "repo", body)

    with serve(answer, requests, post) as url:
        yield f"{url}{root}"


def graphql_answer(repo: Path, body: bytes) -> bytes:
    """The objects of a repository that a query names, as the GraphQL API of GitHub has them."""
    variables = json.loads(body)["variables"]
    if (variables.pop("owner"), variables.pop("name")) != ("tideline", "upptime"):
        return b'{"data": {"repository": null}, "errors": [{}]}'
    found = {
        name: git_object(repo / expression.removeprefix("HEAD:"))
        for name, expression in variables.items()
    }
    return json.dumps({"data": {"repository": found}}).encode()


def git_object(path: Path) -> dict[str, Any] | None:
    """A file or folder as the GraphQL API of GitHub shows it."""
    if path.is_dir():
        entries = [{"name": each.name, "object": git_object(each)} for each in path.iterdir()]
        return {"entries": entries}
    if not path.is_file():
        return None
    return {"text": path.read_text(encoding="utf-8"), "isTruncated": False}
