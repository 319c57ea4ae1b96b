"""Subscribers over the API: what each role sees and does."""

import json
import logging
from typing import Any

import pytest
from sqlmodel import select

from app.db.tables import AuditEntryRow, DeliveryRow, NoticeRow
from app.domain.notifications.subscribers.link_tokens import LinkPurpose
from app.secret_keys import address_hashes
from app.usecases.subscribers.addresses.suppressions import SuppressionReason, suppress, suppression
from tests.cast import Installation
from tests.factories import make_service
from tests.subscribing import VERA, Subscribing

PATH = "/api/v1/subscribers"
MASKED = "v•••@example.net"


def added(installation: Installation, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    given = {"address": VERA, "vouched": "by telephone", **more}
    answer = installation.ada.post(PATH, given)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_vouched_subscriber_is_active_at_once(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "payments")
    made = added(installation, services=["payments"], incidents="ends", time_zone="Asia/Tokyo")

    assert made["state"] == "active"
    assert made["confirmed_via"] == "staff"
    assert (made["services"], made["incidents"], made["time_zone"]) == (
        ["payments"],
        "ends",
        "Asia/Tokyo",
    )
    with installation.reading() as ctx:
        assert ctx.session.exec(select(DeliveryRow)).all() == []


def test_others_get_a_mail_to_confirm(sqlite_installation: Installation) -> None:
    made = sqlite_installation.ada.post(PATH, {"address": VERA}).json()
    assert made["state"] == "pending"
    path = f"{PATH}/{made['id']}/confirm"
    assert sqlite_installation.ben.post(path).status_code == 200
    assert sqlite_installation.ben.post(path).json()["code"] == "mail_limit"
    with sqlite_installation.reading() as ctx:
        events = [row.event for row in ctx.session.exec(select(NoticeRow))]
    assert events == ["subscription.confirm"] * 2


def test_an_address_is_added_once_and_not_against_its_owner(
    sqlite_installation: Installation,
) -> None:
    hashes = address_hashes(sqlite_installation.settings)
    with sqlite_installation.writing() as ctx:
        suppress(ctx, hashes, "email", "erik@example.net", SuppressionReason.UNSUBSCRIBED)
    added(sqlite_installation)
    for address, code in [
        ("Vera@example.net", "address_taken"),
        ("erik@example.net", "address_suppressed"),
        ("no address", "invalid_address"),
    ]:
        answer = sqlite_installation.ada.post(PATH, {"address": address, "vouched": "x"})
        assert answer.json()["code"] == code
        assert answer.json()["errors"][0]["field"] == "address"
        assert address not in answer.text


def test_a_viewer_sees_no_address(installation: Installation) -> None:
    made = added(installation)
    number = made["id"]
    for path in ("", f"/{number}", f"/{number}/data", "/export"):
        answer = installation.cy.get(f"{PATH}{path}")
        assert (answer.status_code, VERA in answer.text) == (403, False)
    assert installation.cy.post(f"{PATH}/search", {"address": VERA}).status_code == 403
    for path in ("/stop", "/start", "/confirm", "/renew"):
        assert installation.cy.post(f"{PATH}/{number}{path}").status_code == 403
    counts = installation.cy.get(f"{PATH}/counts")
    assert counts.json()["items"] == [
        {"channel": "email", "state": "active", "language": "en", "number": 1}
    ]


def test_an_editor_sees_masked_addresses(sqlite_installation: Installation) -> None:
    number = added(sqlite_installation)["id"]
    ben = sqlite_installation.ben
    answers = [
        ben.get(PATH),
        ben.get(f"{PATH}/{number}"),
        ben.patch(f"{PATH}/{number}", {"language": "en"}),
        ben.post(f"{PATH}/{number}/stop"),
        ben.post(f"{PATH}/{number}/start"),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert VERA not in answer.text
        assert MASKED in answer.text


def test_an_editor_gets_no_address_and_adds_or_erases_nobody(
    sqlite_installation: Installation,
) -> None:
    number, ben = added(sqlite_installation)["id"], sqlite_installation.ben
    for path in (f"/{number}/data", "/export"):
        assert ben.get(f"{PATH}{path}").status_code == 403
    assert ben.post(PATH, {"address": VERA}).status_code == 403
    assert ben.post(f"{PATH}/search", {"address": VERA}).status_code == 403
    assert ben.delete(f"{PATH}/{number}").status_code == 403
    lines = {"lines": "", "confirmed": "x"}
    assert ben.post(f"{PATH}/import", lines).status_code == 403


def test_an_admin_finds_reads_and_exports_addresses(installation: Installation) -> None:
    number = added(installation)["id"]
    ada = installation.ada
    (found,) = ada.post(f"{PATH}/search", {"address": "VERA@example.net"}).json()["items"]
    assert found["id"] == number
    assert ada.post(f"{PATH}/search", {"address": "x@example.net"}).json()["items"] == []
    assert ada.get(f"{PATH}/{number}/data").json()["address"] == VERA
    exported = ada.get(f"{PATH}/export")
    assert exported.headers["content-type"].startswith("application/x-ndjson")
    (line,) = exported.text.splitlines()
    assert json.loads(line)["address"] == VERA


def test_an_export_can_be_imported(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as ctx:
        make_service(ctx, "payments")
    number = added(sqlite_installation, services=["payments"], maintenances="none")["id"]
    ada = sqlite_installation.ada
    exported = ada.get(f"{PATH}/export").text
    assert ada.delete(f"{PATH}/{number}").status_code == 204
    given = {"lines": exported, "confirmed": "our export"}
    # Who was erased is not imported.
    assert ada.post(f"{PATH}/import", given).json() == {
        "added": 0,
        "problems": [{"line": 1, "code": "suppressed"}],
    }
    given["lines"] = exported.replace(VERA, "erik@example.net")
    assert ada.post(f"{PATH}/import", {**given, "dry_run": True}).json()["added"] == 1
    assert ada.post(f"{PATH}/import", given).json()["added"] == 1
    (item,) = ada.get(PATH).json()["items"]
    assert (item["services"], item["maintenances"]) == (["payments"], "none")


def test_choices_are_changed_one_by_one(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as ctx:
        make_service(ctx, "payments")
    number = added(sqlite_installation, time_zone="Asia/Tokyo")["id"]
    path, ben = f"{PATH}/{number}", sqlite_installation.ben
    assert ben.patch(path, {"services": ["payments"]}).json()["services"] == ["payments"]
    changed = ben.patch(path, {"minimum": "major", "time_zone": None}).json()
    assert (changed["services"], changed["minimum"]) == (["payments"], "major")
    assert changed["time_zone"] is None
    assert ben.patch(path, {"services": []}).json()["services"] == []
    for change, field in [
        ({"language": "tlh"}, "language"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"services": ["nothing"]}, "services"),
        ({"only_incidents": ["0" * 12]}, "incident"),
    ]:
        answer = ben.patch(path, change)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


def test_staff_stop_and_start(installation: Installation) -> None:
    subscribing = Subscribing(installation, address_hashes(installation.settings))
    subscribing.request()
    subscribing.handle()
    row = subscribing.row()
    assert row is not None
    path, ben = f"{PATH}/{row.public_id}", installation.ben
    stopped = ben.post(f"{path}/stop").json()
    assert (stopped["state"], stopped["stop_reason"]) == ("stopped", "staff")
    assert subscribing.mails() == [("subscription.confirm", "withdrawn")]
    assert ben.post(f"{path}/start").json()["code"] == "subscriber_unconfirmed"


def test_renewed_links_replace_the_former_ones(sqlite_installation: Installation) -> None:
    subscribing = Subscribing(sqlite_installation, address_hashes(sqlite_installation.settings))
    number = added(sqlite_installation)["id"]
    former = subscribing.link(LinkPurpose.MANAGE)
    assert sqlite_installation.ada.post(f"{PATH}/{number}/renew").status_code == 200
    assert subscribing.mails() == [("subscription.manage", "waiting")]
    vera = sqlite_installation.vera
    assert vera.get(f"/en/subscription/{former}").status_code == 410
    assert vera.get(f"/en/subscription/{subscribing.link(LinkPurpose.MANAGE)}").status_code == 200


def test_erasing_deletes_and_suppresses(installation: Installation) -> None:
    number = added(installation)["id"]
    assert installation.ada.delete(f"{PATH}/{number}").status_code == 204
    assert installation.ada.get(f"{PATH}/{number}").status_code == 404
    hashes = address_hashes(installation.settings)
    with installation.writing() as ctx:
        assert suppression(ctx, hashes, "email", VERA) is SuppressionReason.ERASED


def test_lists_are_filtered_and_paged(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as ctx:
        make_service(ctx, "payments")
    ada = sqlite_installation.ada
    for number in range(3):
        added(sqlite_installation, address=f"person{number}@example.net")
    added(sqlite_installation, services=["payments"])
    ada.post(PATH, {"address": "pending@example.net"})

    first = ada.get(f"{PATH}?limit=2").json()
    assert [each["address"] for each in first["items"]] == ["pending@example.net", VERA]
    rest = ada.get(f"{PATH}?limit=10&cursor={first['next']}").json()
    assert len(rest["items"]) == 3
    assert len(ada.get(f"{PATH}?state=pending").json()["items"]) == 1
    assert len(ada.get(f"{PATH}?service=payments").json()["items"]) == 1
    assert ada.get(f"{PATH}?service=nothing").status_code == 422
    assert ada.get(f"{PATH}?language=sv").json()["items"] == []


def test_no_address_or_token_in_log_audit_or_metrics(
    sqlite_installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    installation = sqlite_installation
    subscribing = Subscribing(installation, address_hashes(installation.settings))
    ada, vera = installation.ada, installation.vera
    vera.post("/en/subscribe", data={"address": VERA, "scope": "page"})
    subscribing.handle()
    tokens = [subscribing.link(purpose) for purpose in LinkPurpose]
    confirm, manage, unsubscribe, _ = tokens
    vera.post(f"/en/subscribe/confirm/{confirm}")
    vera.get(f"/en/subscription/{manage}")
    vera.post(f"/en/subscription/{manage}", data={"action": "address", "address": "bad"})
    number = ada.post(f"{PATH}/search", {"address": VERA}).json()["items"][0]["id"]
    for path in ("stop", "start", "renew", "confirm"):
        ada.post(f"{PATH}/{number}/{path}")
    ada.get(f"{PATH}/export")
    vera.post(f"/unsubscribe/{unsubscribe}")
    ada.post(f"{PATH}/import", {"lines": json.dumps({"address": VERA}), "confirmed": "x"})
    added(installation, address="erik@example.net")
    ada.delete(f"{PATH}/{ada.get(PATH).json()['items'][0]['id']}")

    with installation.reading() as ctx:
        entries = [
            (row.action, row.subject_id, row.before, row.after)
            for row in ctx.session.exec(select(AuditEntryRow))
        ]
    metrics = installation.vera.get("/metrics").text
    own_lines = [
        record.getMessage() for record in caplog.records if not record.name.startswith("http")
    ]
    text = "\n".join([repr(entries), metrics, *own_lines])
    assert {"subscriber.stop", "subscriber.start", "subscriber.erase"} <= {e[0] for e in entries}
    for secret in (VERA, "erik@example.net", "example.net", *tokens):
        assert secret not in text
