import re

import pytest

from app.domain.permissions import Role
from tests.cast import Installation
from tests.console import Staff, staff
from tests.factories import make_service

HERE = "/console/sources"
GIVEN: dict[str, str | list[str]] = {
    "name": "Scripts",
    "auth": "token",
    "auth_options": "",
    "secrets": "",
    "options.status": "",
    "options.firing_values": "",
    "publish": "draft",
    "publish_minutes": "15",
    "stale_after_seconds": "",
}
RULE: dict[str, str | list[str]] = {
    "matchers": "job = nightly",
    "source": "",
    "action": "incident",
    "services": ["payments"],
    "services:sent": "yes",
    "statuses": "critical = partial_outage",
    "group_by": "",
    "publish": "",
    "publish_minutes": "15",
    "position": "",
    "enabled": "on",
    "last": "100",
    "try_source": "",
    "group_wait_seconds": "60",
    "resolve_after_seconds": "120",
    "reopen_within_seconds": "1800",
    "min_alerts": "1",
    "min_sources": "1",
}


def added(ada: Staff, **more: str) -> tuple[str, str]:
    """The address of a new source's page, and its hook."""
    page = ada.send(f"{HERE}/new/generic", {**GIVEN, **more}).text
    hook = re.search(r'value="https://status\.example\.com(/hooks/\w+)"', page)
    link = re.search(r'href="(/console/sources/\w{12})"', page)
    assert hook is not None
    assert link is not None
    return link[1], hook[1]


def called(installation: Installation, hook: str, body: str) -> str:
    return str(
        installation.vera.ask(
            "POST", hook, content=body, headers={"Content-Type": "application/json"}
        ).json()["event"]
    )


def test_its_address_is_shown_once_with_the_recipe(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    here, hook = added(ada)
    assert hook not in ada.get(here).text
    assert "hooks/TOKEN" in ada.get(here).text
    page = ada.send(f"{HERE}/new/alertmanager", {**GIVEN, "auth": "bearer"}).text
    secret = re.search(r'id="secret"[^>]* value="([^"]+)"', page)
    assert secret is not None
    assert f"credentials: {secret[1]} " in page


def test_wrong_options_stand_beside_their_fields(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    for field, value in (("options.status", "]["), ("name", ""), ("stale_after_seconds", "x")):
        answer = ada.send(f"{HERE}/new/generic", {**GIVEN, field: value})
        assert answer.status_code == 422
        assert f'id="{field}-problem"' in answer.text
    answer = ada.send(f"{HERE}/new/generic", {**GIVEN, "auth": "header"})
    assert 'id="auth_options-problem"' in answer.text
    assert ada.get(f"{HERE}/new/nothing").status_code == 404
    assert installation.ada.get("/api/v1/sources").json()["items"] == []


def test_errors_of_a_source_are_in_the_language_of_the_user(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    ada.headers["Accept-Language"] = "sv"
    unnamed = ada.send(f"{HERE}/new/generic", {**GIVEN, "name": ""})
    assert "Skriv ett namn på 1 till 100 tecken" in unnamed.text


def test_lists_and_maps_are_read_as_the_adapter_takes_them(installation: Installation) -> None:
    added(
        staff(installation, Role.ADMIN),
        **{
            "options.firing_values": "down, 1",
            "options.severity_values": "P0 = critical\nP9 = info",
            "options.resolves": "false",
        },
    )
    (source,) = installation.ada.get("/api/v1/sources").json()["items"]
    assert source["options"] == {
        "firing_values": ["down", "1"],
        "severity_values": {"P0": "critical", "P9": "info"},
        "resolves": False,
    }


def test_a_source_is_changed(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    here, _ = added(ada)
    changed = {**GIVEN, "name": "Other", "stale_after_seconds": "0"}
    assert ada.send(f"{here}/edit", changed).status_code == 303
    assert 'value="Other"' in ada.get(f"{here}/edit").text


def test_a_source_gets_another_address(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    here, hook = added(ada)
    page = ada.send(f"{here}/rotate-token").text
    assert re.search(r'value="https://status\.example\.com/hooks/\w+"', page) is not None
    assert hook not in page


def test_a_source_without_a_secret_gets_no_other_one(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    here, _ = added(ada)
    assert ada.send(f"{here}/rotate-secret").status_code == 409


def test_a_source_is_disabled_and_enabled(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    here, _ = added(ada)
    ada.send(f"{here}/disable")
    assert "Enable</button>" in ada.get(here).text
    assert ada.send(f"{here}/enable").status_code == 303
    assert "Enable</button>" not in ada.get(here).text


def test_a_source_is_deleted(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    here, _ = added(ada)
    assert ada.send(f"{here}/delete").headers["location"] == HERE
    assert ada.get(here).status_code == 404


def test_a_delivery_is_shown_as_it_came_and_replayed(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    here, hook = added(ada)
    event = called(installation, hook, '{"dedup_key": "a", "status": "down", "title": "<script>"}')
    page = ada.get(f"{here}/events/{event}").text
    assert "&#34;title&#34;: &#34;&lt;script&gt;&#34;" in page
    assert "<script>" not in page.partition("<main")[2]
    again = ada.send(f"{here}/events/{event}/replay").headers["location"]
    assert again != f"{here}/events/{event}"
    assert ada.get(again).status_code == 200
    called(installation, hook, "no json")
    assert ada.get(f"{here}/events?verdict=malformed").text.count("/events/") == 1


def test_other_options_are_tried_and_nothing_changes(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    here, hook = added(ada)
    event = called(installation, hook, '{"dedup_key": "a", "zustand": "kaputt"}')
    tried = {"options.status": "zustand", "options.firing_values": "kaputt"}
    page = ada.send(f"{here}/events/{event}/try", tried).text
    assert "firing · unknown" in page
    assert ">\nzustand</textarea>" in page
    assert "firing · unknown" not in ada.get(f"{here}/events/{event}").text
    wrong = ada.send(f"{here}/events/{event}/try", {"options.status": "]["})
    assert wrong.status_code == 422
    assert 'id="options.status-problem"' in wrong.text


def test_a_rule_is_tried_without_being_stored(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    with installation.writing() as ctx:
        make_service(ctx, "payments")
    here, hook = added(ada)
    called(installation, hook, '{"dedup_key": "a", "status": "down", "labels": {"job": "nightly"}}')
    source = here.rpartition("/")[2]
    tried = ada.send("/console/routes", {**RULE, "source": source, "dry": "yes"}).text
    assert "Result of the test" in tried
    assert "payments: " in tried
    assert installation.ada.get("/api/v1/routes").json()["items"] == []


def test_an_alert_that_names_no_service_becomes_a_rule(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    with installation.writing() as ctx:
        make_service(ctx, "payments")
    here, hook = added(ada)
    event = called(
        installation, hook, '{"dedup_key": "a", "status": "down", "labels": {"job": "nightly"}}'
    )
    page = ada.get(f"{HERE}/unmapped").text
    link = re.search(r'href="(/console/routes/new[^"]+)"', page)
    assert link is not None
    assert "job=nightly</textarea>" in ada.get(link[1].replace("&amp;", "&")).text
    source = here.rpartition("/")[2]
    made = ada.get(f"/console/routes/new?source={source}&event={event}").text
    assert "job = nightly</textarea>" in made
    assert ada.send("/console/routes", {**RULE, "source": source}).status_code == 303
    (rule,) = installation.ada.get("/api/v1/routes").json()["items"]
    assert (rule["matchers"], rule["services"], rule["publish"]) == (
        [["job", "=", "nightly"]],
        ["payments"],
        None,
    )


def ruled(installation: Installation, ada: Staff) -> str:
    """The address of a rule."""
    with installation.writing() as ctx:
        make_service(ctx, "payments")
    ada.send("/console/routes", RULE)
    (rule,) = installation.ada.get("/api/v1/routes").json()["items"]
    return f"/console/routes/{rule['id']}"


def test_a_rule_is_changed(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    here = ruled(installation, ada)
    assert "job = nightly</textarea>" in ada.get(here).text
    assert ada.send(here, {**RULE, "matchers": "job =~ n.*", "group_by": "a, b"}).status_code == 303
    (changed,) = installation.ada.get("/api/v1/routes").json()["items"]
    assert (changed["matchers"], changed["group_by"]) == ([["job", "=~", "n.*"]], ["a", "b"])


@pytest.mark.parametrize(
    ("field", "value"), [("matchers", "nothing"), ("group_wait_seconds", "x"), ("action", "sing")]
)
def test_a_rule_with_a_wrong_field_is_refused_beside_it(
    installation: Installation, field: str, value: str
) -> None:
    ada = staff(installation, Role.ADMIN)
    answer = ada.send(ruled(installation, ada), {**RULE, field: value})
    assert (answer.status_code, f'id="{field}-problem"' in answer.text) == (422, True)


def test_a_rule_is_not_tried_without_an_event(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    assert ada.send(ruled(installation, ada), {**RULE, "dry": "yes"}).status_code == 422


def test_a_rule_is_deleted(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    assert ada.send(f"{ruled(installation, ada)}/delete").status_code == 303
    assert installation.ada.get("/api/v1/routes").json()["items"] == []
