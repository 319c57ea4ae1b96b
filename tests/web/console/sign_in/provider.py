"""A small OpenID Connect provider on loopback, which can be set to give wrong answers."""

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from app.domain.permissions import Role
from app.usecases.users.administration import list_user_details
from tests.cast import Installation
from tests.console import cookie_of
from tests.network import PLAIN, started

__all__ = [
    "CLIENT",
    "ERRAND",
    "SECRET",
    "START",
    "OpenIdProvider",
    "came",
    "left",
    "open_provider",
    "signed_in",
    "staff_of",
]

START = "/console/login/single-sign-on"
ERRAND = "__Host-fyr-errand"
CLIENT = "fyr"
SECRET = "shared with the provider"  # of a test


class OpenIdProvider:
    """Vouches for Eve. `claims` and `discovery` replace what it would say, None takes it away."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self._keys = [RSAKey.generate_key(2048, {"kid": kid}) for kid in ("one", "one", "two")]
        self.reset(0)

    def reset(self, now: int) -> None:
        """Tell the truth again; it is `now`."""
        self.now = now
        self.claims: dict[str, Any] = {}
        self.discovery: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.algorithm = "RS256"
        self.key, self.other_key, self.next_key = self._keys
        self.signs_with = self.key
        self.asks_first = False
        self.is_broken = False
        self.paths: list[str] = []
        self._asked: dict[str, dict[str, str]] = {}

    def change_key(self) -> None:
        """Sign with another key from now on, and no longer know the former."""
        self.key = self.signs_with = self.next_key

    def sign_in(self, address: str) -> str:
        """Eve signs in where our console has sent her; the query that she comes back with."""
        answer = httpx.get(address, follow_redirects=False, verify=PLAIN)
        assert answer.status_code == 303, answer.text
        return urlsplit(answer.headers["location"]).query

    def answer(self, method: str, path: str, headers: Message, body: str) -> tuple[int, Any]:
        """The status and the body as JSON; a text is an address, bytes are a page."""
        self.paths.append(path)
        if self.is_broken:
            return 503, {}
        parts = urlsplit(path)
        asked = {name: values[0] for name, values in parse_qs(parts.query or body).items()}
        if parts.path == "/.well-known/openid-configuration":
            return 200, self._discovered()
        if parts.path == "/jwks":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        if parts.path == "/authorize" and method == "GET" and self.asks_first:
            return 200, _consent(asked)
        if parts.path == "/authorize":
            return self._authorize(asked)
        if parts.path == "/userinfo" and headers["Authorization"] == "Bearer opaque":
            return 200, {"sub": self.claims.get("sub", "eve"), **self.userinfo}
        if (method, parts.path) == ("POST", "/token"):
            return self._token(asked, headers.get("Authorization", ""))
        return 404, {}

    def _discovered(self) -> dict[str, Any]:
        names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/jwks",
            **{f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in names.items()},
            **self.discovery,
        }

    def _authorize(self, asked: dict[str, str]) -> tuple[int, Any]:
        fit = (asked["client_id"], asked["response_type"], asked["code_challenge_method"])
        if fit != (CLIENT, "code", "S256") or "openid" not in asked["scope"].split():
            return 400, {}
        code = f"code-{len(self._asked)}"
        self._asked[code] = asked
        query = urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
        return 303, f"{asked['redirect_uri']}?{query}"

    def _token(self, sent: dict[str, str], authorization: str) -> tuple[int, Any]:
        asked = self._asked.pop(sent["code"], None)
        proof = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if asked is None or authorization != f"Basic {proof}":
            return 401, {"error": "invalid_client"}
        digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (challenge, sent["redirect_uri"]) != (asked["code_challenge"], asked["redirect_uri"]):
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": "opaque",
            "token_type": "Bearer",
            "id_token": self._signed(asked["nonce"]),
        }

    def _signed(self, nonce: str) -> str:
        fields = {
            "iss": self.issuer,
            "sub": "eve",
            "aud": CLIENT,
            "iat": self.now,
            "exp": self.now + 300,
            "nonce": nonce,
            "email": "Eve@example.com",
            "email_verified": True,
            "groups": ["oncall", "tea"],
            **self.claims,
        }
        stored = {name: value for name, value in fields.items() if value is not None}
        if self.algorithm == "none":
            head = json.dumps({"alg": "none"}).encode()
            parts = [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (head,)]
            body = base64.urlsafe_b64encode(json.dumps(stored).encode()).decode().rstrip("=")
            return f"{parts[0]}.{body}."
        kid = self.signs_with.kid
        return jwt.encode({"alg": self.algorithm, "kid": kid}, stored, self.signs_with)


def _consent(asked: dict[str, str]) -> bytes:
    """What a person is asked, in a page as plain as can be; saying yes sends everything again."""
    stored = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in asked.items()
    )
    return (
        '<!doctype html><html lang="en"><title>Example</title><h1>Who are you?</h1>'
        f'<form method="post" action="/authorize">{stored}<button>I am Eve</button></form>'
    ).encode()


@contextmanager
def open_provider() -> Iterator[OpenIdProvider]:
    """The provider, listening on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length).decode()
            status, stated = provider.answer(self.command, self.path, self.headers, body)
            kind = "text/html" if isinstance(stated, bytes) else "application/json"
            content = b"" if isinstance(stated, str) else stated
            if not isinstance(content, bytes):
                content = json.dumps(stated).encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            if isinstance(stated, str):
                self.send_header("Location", stated)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = OpenIdProvider(f"http://127.0.0.1:{server.server_port}")
    with started(server):
        yield provider


def left(installation: Installation, wanted: str = "") -> tuple[str, str]:
    """Where the browser is sent, and what it takes along."""
    answer = installation.vera.get(f"{START}?next={wanted}")
    errand = cookie_of(answer, ERRAND)
    assert (answer.status_code, errand is None) == (303, False), answer.text
    return answer.headers["location"], errand or ""


def came(installation: Installation, query: str, errand: str) -> httpx.Response:
    return installation.vera.get(
        f"{START}/callback?{query}", headers={"Cookie": f"{ERRAND}={errand}"}
    )


def signed_in(
    installation: Installation, provider: OpenIdProvider, wanted: str = ""
) -> httpx.Response:
    address, errand = left(installation, wanted)
    return came(installation, provider.sign_in(address), errand)


def staff_of(installation: Installation) -> dict[str, Role]:
    with installation.reading() as ctx:
        return {each.email: each.role for each in list_user_details(ctx)}
