"""Deeply nested input is refused on every route, and is never a failure of the server."""

import base64
import json
import re
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

import pytest

from app.domain.permissions import Role
from tests.cast import BASE_URL
from tests.web.api.routes import every_route
from tests.web.console.populated import Populated
from tests.web.console.routes import NEEDED, SIGNED_OUT, an_address
from tests.web.hooks.samples import listen

DEPTH = 10_000
LIST = "[" * DEPTH + "]" * DEPTH
OPEN = '{"a":' * DEPTH
INSIDE = {"notify": True, "title": "x", "body": "y"}
TEMPLATES = Path(__file__).resolve().parents[3] / "templates" / "console"
FORM = "application/x-www-form-urlencoded"


BODIES = (LIST, OPEN, json.dumps(INSIDE).replace('"y"', LIST))
# Names are read before a route is known: what they do to one route they do to each.
DEEP_NAMES = (
    urlencode({"a" + "[b]" * DEPTH: "x", "a[" * DEPTH: "y"}),
    "&".join(["a[]=" + "%5B" * 50] * 900),
)


def field_names() -> list[str]:
    """The fields of the console that hold long or structured text."""
    found = {"answer", "carried", "next", "a[b]"}
    for file in TEMPLATES.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        found.update(re.findall(r'<textarea[^>]*\bname="([a-z_]+)"', text))
        found.update(re.findall(r'type="hidden"[^>]*\bname="([a-z_]+)"', text))
    return sorted(found)


def test_deep_json_is_refused_by_every_route_of_the_api(populated: Populated) -> None:
    ada, bodies = populated.installation.ada, cycle(BODIES)
    for method, path, _ in every_route(populated.installation.app):
        is_file = path == "/api/v1/imports/files"  # any bytes, which are read later
        if (
            path.startswith("/api/")
            and method not in {"GET", "HEAD", "OPTIONS", "DELETE"}
            and not is_file
        ):
            # One reader parses the bodies of all routes, so each route gets one of them.
            answer = ada.ask(
                method,
                an_address(path),
                content=next(bodies),
                headers={"Content-Type": "application/json"},
            )
            assert answer.status_code in {400, 404, 405, 409, 415, 422, 428}, (method, path)


def test_deep_json_breaks_no_route_for_any_sender(populated: Populated) -> None:
    vera = populated.installation.vera
    for method, path, _ in every_route(populated.installation.app):
        if method not in {"GET", "HEAD", "OPTIONS"}:
            answer = vera.ask(
                method,
                an_address(path),
                content=LIST,
                headers={"Content-Type": "application/json", "Origin": BASE_URL},
            )
            assert 300 <= answer.status_code < 500, (method, path)


def test_deep_forms_break_no_route_of_the_console(populated: Populated) -> None:
    values = urlencode(dict.fromkeys(field_names(), "[" * 500) | {"answer": LIST, "carried": LIST})
    routes = [
        route
        for method, route in [*NEEDED, *SIGNED_OUT]
        if method == "POST" and "logout" not in route
    ]
    asked = [(Role.ADMIN, route, values) for route in routes]
    # A role that is too low is refused in one place: three routes stand for the others.
    allowed = [route for route in routes if NEEDED.get(("POST", route)) is Role.VIEWER]
    asked += [(Role.VIEWER, route, values) for route in {*allowed, *routes[:3]}]
    asked += [(Role.ADMIN, route, names) for route in routes[:3] for names in DEEP_NAMES]
    for role, route, form in asked:
        address = an_address(route) if "{secret}" in route else populated.addresses.of(route)
        answer = populated.people[role].ask(
            "POST", address, content=form, headers={"Content-Type": FORM, "Origin": BASE_URL}
        )
        assert answer.status_code < 500, (role, route, form[:40])
        if answer.status_code < 400:  # it may have changed something
            populated.snapshot.restore()


@pytest.mark.parametrize("name", ["answer", "carried"])
@pytest.mark.parametrize("text", [LIST, OPEN, f'["/console/", {LIST}]', f'{{"response": {LIST}}}'])
@pytest.mark.parametrize(
    "path", ["/console/login", "/console/login/passkey", "/console/login/second-factor"]
)
def test_deep_answers_and_carried_forms_are_refused(
    populated: Populated, path: str, name: str, text: str
) -> None:
    answer = populated.installation.vera.ask(
        "POST",
        path,
        content=urlencode({name: text}),
        headers={"Content-Type": FORM, "Origin": BASE_URL},
    )
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("inner", [LIST, OPEN, f'{{"challenge": {LIST}}}'])
def test_the_client_data_of_a_passkey_may_not_be_deep_either(
    populated: Populated, inner: str
) -> None:
    packed = base64.urlsafe_b64encode(inner.encode()).decode()
    data = json.dumps({"id": "x", "response": {"clientDataJSON": packed}})
    for person, path in (
        (populated.installation.vera, "/console/login/passkey"),
        (populated.people[Role.ADMIN], "/console/account/passkeys"),
    ):
        answer = person.ask(
            "POST",
            path,
            content=urlencode({"answer": data, "name": "x"}),
            headers={"Content-Type": FORM, "Origin": BASE_URL},
        )
        assert 400 <= answer.status_code < 500, path


def test_a_deep_payload_of_a_monitor_is_malformed(populated: Populated) -> None:
    mona = listen(populated.installation, "generic", auth="body", auth_options={"field": "secret"})
    for body in (LIST, OPEN, f'{{"secret": {LIST}}}'):
        assert 400 <= mona.post(body) < 500
    for path in ("/v2/enqueue", "/v2/alerts"):
        answer = populated.installation.vera.ask("POST", path, content=LIST)
        assert 400 <= answer.status_code < 500, path
    populated.snapshot.restore()
