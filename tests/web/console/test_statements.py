"""How many SQL statements the pages and the forms of the console send, BEGIN among them.

One takes 0.25 ms of processor time. Tests count them, since a time depends on the machine.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

from app.domain.permissions import Role
from tests.web.console.populated import Populated
from tests.web.console.routes import NEEDED

# Pages on which everything is found that a page can show, and what they may send.
MOST = {
    "/console/": 37,
    "/console/incidents/{incident_id}": 22,
    "/console/maintenances/{maintenance_id}": 21,
    "/console/incidents/{incident_id}/postmortem": 20,
}
MOST_OF_OTHERS = 18
# Posting an update, by a program and by the form.
MOST_OF_PROGRAM, MOST_OF_FORM = 21, 26


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements of all databases meanwhile."""
    sent: list[str] = []

    def note(*arguments: object) -> None:
        sent.append(str(arguments[2]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_no_page_sends_more_statements_than_before(populated: Populated) -> None:
    ada, counts = populated.people[Role.ADMIN], {}
    for method, route in NEEDED:
        if method == "GET":
            with statements() as sent:
                ada.get(populated.addresses.of(route))
            counts[route] = len(sent)
    most = {route: MOST.get(route, MOST_OF_OTHERS) for route in counts}
    assert {route: n for route, n in counts.items() if n > most[route]} == {}


def test_a_page_without_data_of_its_own_reads_the_user_and_the_page(populated: Populated) -> None:
    with statements() as sent:
        populated.people[Role.VIEWER].get("/console/markdown")
    assert len(sent) == 3, sent


def test_posting_an_update_sends_few_statements(populated: Populated) -> None:
    installation, ada = populated.installation, populated.people[Role.ADMIN]
    address = populated.addresses.of("/console/incidents/{incident_id}")
    api = f"/api/v1/incidents/{address.rpartition('/')[2]}/updates"
    assert installation.ada.patch("/api/v1/page", {"undo_seconds": 0}).status_code == 200
    try:
        sent_fields = {"status": "investigating", "body": "Still looking."}
        with statements() as from_program:
            assert installation.ada.post(api, sent_fields).status_code == 201
        form = ada.get(f"{address}/update").text
        seen = re.findall(r'name="seen" value="([^"]*)"', form)[0]
        fields = {"status": "identified", "body:en": "Found.", "seen": seen, "notify": "on"}
        with statements() as from_form:
            assert ada.send(f"{address}/update", fields).status_code == 303
    finally:
        populated.snapshot.restore()
    assert len(from_program) <= MOST_OF_PROGRAM, from_program
    assert len(from_form) <= MOST_OF_FORM, from_form
