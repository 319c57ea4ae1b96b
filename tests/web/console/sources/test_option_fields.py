"""A source that is opened and saved stays as it is, and a pasted request can be tried and sent."""

import json
import re
from typing import Any

from lxml import html

from app.domain.permissions import Role
from app.monitors import ADAPTERS
from app.rendering.console.monitor_docs import setup_instructions
from app.usecases.sources.sources import required_source
from tests.cast import Installation
from tests.console import Staff, staff
from tests.factories import make_service
from tests.web.console.sources.options import AUTHENTICATIONS, options_of_kind

HERE = "/console/sources"


def stored(installation: Installation, source_id: str) -> dict[str, object]:
    found: dict[str, object] = installation.ada.get(f"/api/v1/sources/{source_id}").json()
    return found


def add(installation: Installation, **source: object) -> str:
    answer = installation.ada.post("/api/v1/sources", {"name": "Mona", **source})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def save_unchanged(ada: Staff, source_id: str) -> int:
    """Send the form as it is shown; a text area sends its line ends as CRLF."""
    page: Any = html.document_fromstring(ada.get(f"{HERE}/{source_id}/edit").text)
    (form,) = (each for each in page.forms if str(each.action).endswith("/edit"))
    fields: dict[str, list[str]] = {}
    for name, value in form.form_values():
        fields.setdefault(name, []).append(value.replace("\n", "\r\n"))
    return int(ada.send(f"{HERE}/{source_id}/edit", fields).status_code)


def test_a_source_that_is_saved_unchanged_keeps_every_option(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    for kind in ADAPTERS:
        source_id = add(installation, kind=kind, options=options_of_kind(kind))
        before = stored(installation, source_id)
        assert save_unchanged(ada, source_id) == 303
        assert stored(installation, source_id) == before


def test_an_option_under_its_former_name_is_shown_and_saved_under_its_present_one(
    installation: Installation,
) -> None:
    source_id = add(installation, kind="generic", options={"delivery_id": "id", "title": "name"})
    assert stored(installation, source_id)["options"] == {"idempotency_key": "id", "title": "name"}
    with installation.writing() as ctx:
        required_source(ctx, source_id).options = {"delivery_id": "uuid"}
    assert stored(installation, source_id)["options"] == {"idempotency_key": "uuid"}
    assert save_unchanged(staff(installation, Role.ADMIN), source_id) == 303
    assert stored(installation, source_id)["options"] == {"idempotency_key": "uuid"}


def test_a_source_that_is_saved_unchanged_keeps_its_authentication_and_publish_mode(
    installation: Installation,
) -> None:
    ada = staff(installation, Role.ADMIN)
    for auth, options in AUTHENTICATIONS.items():
        source_id = add(
            installation,
            kind="generic",
            auth=auth,
            auth_options=options,
            publish="auto_after:5",
            accept_untested=True,
            stale_after_seconds=900,
        )
        before = stored(installation, source_id)
        assert save_unchanged(ada, source_id) == 303
        assert stored(installation, source_id) == before


def test_two_severity_words_are_changed_in_the_console(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    words = {"P0": "critical", "P9": "info"}
    source_id = add(installation, kind="generic", options={"severity_values": words})
    page = ada.get(f"{HERE}/{source_id}/edit").text
    shown = re.search(r"<textarea[^>]*severity_values[^>]*>\n([^<]*)</textarea>", page)
    assert shown
    assert shown[1] == "P0 = critical\nP9 = info"
    answer = ada.send(
        f"{HERE}/{source_id}/edit",
        {
            "name": "Mona",
            "auth": "token",
            "publish": "draft",
            "stale_after_seconds": "0",
            "options.severity_values": "P0 = critical\r\nP9 = minor\r\na=b = major",
            "options.dedup_key": "host\r\ncheck",
        },
    )
    assert answer.status_code == 303
    assert stored(installation, source_id)["options"] == {
        "severity_values": {"P0": "critical", "P9": "minor", "a=b": "major"},
        "dedup_key": ["host", "check"],
    }


def test_each_option_has_a_hint_and_a_link(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    page = ada.get(f"{HERE}/new/generic").text
    names = [f"options.{name}" for name in ADAPTERS["generic"].option_names]
    assert [name for name in names if f'id="{name}-hint"' not in page] == []
    assert "Default: title || summary || name || message || alertname" in page
    assert 'href="/console/sources/docs/cookbook"' in page


def test_the_documentation_of_monitors_is_rendered(installation: Installation) -> None:
    cy = staff(installation, Role.VIEWER)
    page = cy.get(f"{HERE}/docs/generic").text
    assert "<title>Generic webhook" in page
    assert 'href="/console/sources/docs/standard-webhooks"' in page
    assert "<table" in page
    assert "**Authentication**" not in page
    for missing in ("nothing", "..%2fhooks", "generic.md"):
        assert cy.get(f"{HERE}/docs/{missing}").status_code == 404


def test_setup_instructions_are_rendered_and_hold_the_secret(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    fields = {"name": "Mona", "auth": "bearer", "publish": "draft", "stale_after_seconds": ""}
    page = ada.send(f"{HERE}/new/generic", fields).text
    secret = re.search(r'id="secret"[^>]* value="([^"]+)"', page)
    assert secret
    assert f"Authorization: Bearer {secret[1]}" in page.replace("&#39;", "'")
    assert '<pre class="raw"' in page
    assert "Set up the monitor" in page


def test_a_secret_in_setup_instructions_is_no_markup() -> None:
    shown = setup_instructions("generic", "https://a.example/hooks/T", "<b>*x*</b>")
    assert shown
    assert "Bearer &lt;b&gt;*x*&lt;/b&gt;" in shown
    assert setup_instructions("../hooks", "", None) is None


def test_pasted_headers_that_are_none_are_refused_beside_their_field(
    installation: Installation,
) -> None:
    ada = staff(installation, Role.ADMIN)
    source_id = add(installation, kind="generic")
    sample = {"do": "try", "method": "POST", "body": "{}", "headers": "no colon"}
    wrong = ada.send(f"{HERE}/{source_id}/try", sample)
    assert wrong.status_code == 422
    assert 'id="headers-problem"' in wrong.text


def test_a_pasted_request_is_tried_with_its_headers(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    source_id = add(installation, kind="generic")
    assert "&#34;status&#34;: &#34;test&#34;" in ada.get(f"{HERE}/{source_id}/try").text
    sample = {
        "do": "try",
        "method": "POST",
        "query": "?service=payments",
        "headers": "X-State: kaputt\r\nX-Other: 1",
        "body": '{"id": "db-7",\r\n "since": "November 23, 2026 10:00 AM", "details": "It hums",'
        ' "url": "https://monitor.example.com/7", "level": "P0"}',
        "options.dedup_key": "id",
        "options.status": '_headers."X-State"',
        "options.firing_values": "kaputt",
        "options.started_at": "since",
        "options.severity": "level",
        "options.severity_values": "P0 = critical",
        "options.title": "join('', id)",
    }
    page = ada.send(f"{HERE}/{source_id}/try", sample).text
    for shown in ("firing · critical", "db-7", "https://monitor.example.com/7", "It hums", "2026"):
        assert shown in page
    assert "title fails: In function join()" in page
    assert "it names no service of the page" in page
    events = installation.ada.get(f"/api/v1/sources/{source_id}/events").json()
    assert events["items"] == []


def test_a_test_that_is_sent_arrives(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "payments")
    ada = staff(installation, Role.ADMIN)
    source_id = add(
        installation,
        kind="generic",
        auth="body",
        auth_options={"field": "token"},
        secrets=["s3cret-of-mona"],
    )
    body = {"dedup_key": "a", "status": "down", "service": "payments", "token": "s3cret-of-mona"}
    answer = ada.send(f"{HERE}/{source_id}/try", {"do": "send", "body": json.dumps(body)})
    assert answer.status_code == 303
    page = ada.get(answer.headers["location"]).text
    assert 'Alerts processed · <bdi lang="en">1 new</bdi>' in page
    assert "s3cret-of-mona" not in page
    (event,) = installation.ada.get(f"/api/v1/sources/{source_id}/events").json()["items"]
    assert event["verdict"] == "alerts"


def test_only_admins_read_a_request_on_the_screen_of_its_event(installation: Installation) -> None:
    ada, cy = staff(installation, Role.ADMIN), staff(installation, Role.VIEWER)
    source_id = add(installation, kind="generic")
    body = json.dumps({"dedup_key": "a", "status": "test", "login": "hunter2"})
    page = ada.send(f"{HERE}/{source_id}/try", {"do": "send", "body": body})
    event = page.headers["location"]
    assert "hunter2" in ada.get(event).text
    seen = cy.get(event).text
    assert "hunter2" not in seen
    assert "Only admins can read them" in seen
    assert cy.send(f"{event}/try", {"options.title": "_text"}).status_code == 403
