"""Import of lists of people who have agreed elsewhere."""

import pytest
from sqlmodel import select

from app.db.tables import AuditEntryRow, DeliveryRow, SubscriberRow
from app.domain.errors import InvalidError
from app.usecases.subscribers.addresses.suppressions import SuppressionReason, suppress
from app.usecases.subscribers.imported_lists import (
    ImportedBatch,
    ImportOptions,
    import_batch,
    read_lines,
    record_import,
)
from tests.cast import Backend
from tests.factories import make_service
from tests.subscribing import HASHES, VERA, Subscribing

AGREED = ImportOptions("the former page, 2026-01-01")


def imported(
    backend: Backend, text: str, options: ImportOptions = AGREED, *, is_json: bool = False
) -> ImportedBatch:
    with backend.writing() as ctx:
        lines = list(read_lines(text, is_json=is_json))
        return import_batch(ctx, HASHES, lines, options, seen=set())


def problems(done: ImportedBatch) -> list[tuple[int, str]]:
    return [(each.number, each.code) for each in done.problems]


def test_a_confirmed_list_is_imported_without_mails(backend: Backend) -> None:
    with backend.writing() as ctx:
        make_service(ctx, "payments")
    done = imported(
        backend,
        "channel,address,language,services,incidents,maintenances,confirmed_at\n"
        "email,vera@example.net,sv-SE,payments,ends,none,2025-11-01T10:00:00Z\n"
        "email,erik@example.net,,,,,\n",
    )

    assert (done.added, done.problems) == (2, ())
    with backend.reading() as ctx:
        rows = ctx.session.exec(select(SubscriberRow).order_by("id")).all()
        vera, erik = rows
        assert (vera.state, vera.confirmed_via, vera.proof) == (
            "active",
            "import",
            AGREED.confirmed,
        )
        assert (vera.incidents, vera.maintenances, vera.whole_page) == ("ends", "none", False)
        assert vera.confirmed_at is not None
        assert vera.confirmed_at.year == 2025
        assert erik.whole_page
        assert ctx.session.exec(select(DeliveryRow)).all() == []


@pytest.mark.parametrize("reason", SuppressionReason)
def test_a_suppressed_address_is_not_imported(
    sqlite_backend: Backend, reason: SuppressionReason
) -> None:
    with sqlite_backend.writing() as ctx:
        suppress(ctx, HASHES, "email", VERA, reason)
    done = imported(sqlite_backend, "email\nVera@Example.NET\n")

    assert (done.added, problems(done)) == (0, [(2, "suppressed")])


def test_lines_with_a_fault_are_reported_by_number_and_left_out(sqlite_backend: Backend) -> None:
    Subscribing(sqlite_backend).subscribe()
    done = imported(
        sqlite_backend,
        "\ufeffType,Email Address,Services,incidents,Verified At\r\n"
        "email,good@example.net,,,\r\n"
        "email,no address,,,\r\n"
        "sms,+46701234567,,,\r\n"
        "\r\n"
        "email,GOOD@example.net,,,\r\n"
        f"email,{VERA},,,\r\n"
        "email,a@example.net,nothing,,\r\n"
        "email,b@example.net,,sometimes,\r\n"
        "email,c@example.net,,,yesterday\r\n"
        "email,d@example.net,,,2199-01-01\r\n"
        '"email","e@example.net\r\nBcc: x@example.net",,,\r\n'
        "email\r\n",
    )

    assert done.added == 1
    assert problems(done) == [
        (3, "invalid_address"),
        (4, "unsupported_channel"),
        (6, "repeated"),
        (7, "known"),
        (8, "unknown_service"),
        (9, "unknown_choice"),
        (10, "invalid_time"),
        (11, "time_in_future"),
        (13, "invalid_address"),
        (14, "invalid_address"),
    ]
    assert VERA not in repr(done)


def test_json_lines_are_read(sqlite_backend: Backend) -> None:
    done = imported(
        sqlite_backend,
        '{"address": "vera@example.net", "language": "ar", "services": []}\n'
        "\n"
        "not json\n"
        '["vera@example.net"]\n'
        '{"address": 5}\n' + '{"address": ' * 5000 + "\n"
        '{"address": "erik@example.net", "unknown": {"a": 1}, "language": null}\n',
        is_json=True,
    )

    assert done.added == 2
    assert problems(done) == [
        (3, "unreadable"),
        (4, "unreadable"),
        (5, "invalid_address"),
        (6, "unreadable"),
    ]


def test_a_trial_stores_nothing(sqlite_backend: Backend) -> None:
    options = ImportOptions("the former page", is_trial=True)
    done = imported(sqlite_backend, "email\nvera@example.net\n", options)
    assert done.added == 1
    with sqlite_backend.reading() as ctx:
        assert ctx.session.exec(select(SubscriberRow)).all() == []


def test_who_is_asked_gets_a_mail_to_confirm_at_20_a_minute(sqlite_backend: Backend) -> None:
    addresses = "\n".join(f"person{number}@example.net" for number in range(41))
    imported(sqlite_backend, f"email\n{addresses}\n", ImportOptions("the list", ask=True))

    with sqlite_backend.reading() as ctx:
        rows = ctx.session.exec(select(SubscriberRow)).all()
        assert {row.state for row in rows} == {"pending"}
        due = sorted(row.due_at for row in ctx.session.exec(select(DeliveryRow)))
        assert [(at - ctx.now).total_seconds() for at in due] == [3 * n for n in range(41)]


def test_a_list_says_how_its_people_have_agreed(sqlite_backend: Backend) -> None:
    with pytest.raises(InvalidError):
        imported(sqlite_backend, "email\nvera@example.net\n", ImportOptions("  "))
    with pytest.raises(InvalidError, match="address or email"):
        imported(sqlite_backend, "name\nVera\n")


def test_an_import_is_in_the_audit_log_without_addresses(sqlite_backend: Backend) -> None:
    done = imported(sqlite_backend, "email\nvera@example.net\n")
    with sqlite_backend.writing() as ctx:
        record_import(ctx, AGREED, done.added, 0)
    with sqlite_backend.reading() as ctx:
        entry = ctx.session.exec(select(AuditEntryRow)).one()
        assert entry.action == "subscriber.import"
        assert entry.after == {"added": 1, "left_out": 0, "asked": False}
