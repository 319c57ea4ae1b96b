"""An import document is taken in whole or not at all, and names what is wrong with it."""

import copy
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from app.domain.errors import ForbiddenError, FyrError, InvalidError
from app.domain.ownership import Owner
from app.domain.statuses import IncidentStatus
from app.usecases.context import SHELL
from app.usecases.imports.document import ImportResult, import_document
from app.usecases.imports.reader import DocumentReader
from app.usecases.incidents import edits, listing
from app.usecases.incidents.edits import IncidentEdit, UpdateEdit
from app.usecases.public import pages
from app.usecases.services import services
from tests.cast import BEN, Backend, Installation, open_installation
from tests.factories import english

NETPARK = json.loads(
    (Path(__file__).parents[2] / "fixtures" / "netpark.json").read_text(encoding="utf-8")
)
SMALL: dict[str, Any] = {
    "format": "fyr-import-1",
    "services": [{"slug": "web", "name": {"en": "Web", "sv": "Webb"}}],
    "incidents": [
        {
            "title": "Down",
            "updates": [
                {
                    "status": "resolved",
                    "posted_at": "2021-09-30T15:00:00Z",
                    "body": "It is over.",
                },
                {
                    "status": "identified",
                    "posted_at": "2021-09-30T10:00:00-04:00",
                    "body": "We know.",
                    "services": {"web": "major_outage"},
                },
            ],
        }
    ],
}


def take_in(backend: Backend, document: object) -> ImportResult:
    with backend.writing(SHELL) as ctx:
        return import_document(ctx, document)


def test_a_document_is_taken_in(backend: Backend) -> None:
    assert take_in(backend, NETPARK) == ImportResult(services=3, incidents=1, known=0)
    with backend.reading(SHELL) as ctx:
        (only,) = listing.list_incidents(ctx, cursor=None, limit=10).items
        assert pages.facts(ctx).time_zone == "America/New_York"
        assert [each.slug for each in services.list_services(ctx)] == [
            "self-park",
            "card-payments",
            "web-and-api",
        ]
    assert only.owner is Owner.STAFF
    assert [update.status for update in only.incident.updates] == ["resolved", "identified"]
    assert not any(update.notify for update in only.incident.updates)


def test_taking_it_in_again_changes_nothing(backend: Backend) -> None:
    take_in(backend, NETPARK)
    assert take_in(backend, NETPARK) == ImportResult(services=0, incidents=0, known=4)


@pytest.mark.parametrize("mended", ["start", "update", "title"])
def test_an_import_repeated_after_a_correction_changes_nothing(
    sqlite_backend: Backend, mended: str
) -> None:
    take_in(sqlite_backend, SMALL)
    with sqlite_backend.writing(BEN) as ctx:
        (only,) = listing.list_incidents(ctx, cursor=None, limit=10).items
        earlier = only.incident.started_at - timedelta(hours=2)
        if mended == "start":
            edits.edit_incident(ctx, only.incident.id, IncidentEdit(started_at=earlier))
        elif mended == "update":
            edit = UpdateEdit(posted_at=earlier)
            edits.edit_update(ctx, only.incident.id, only.incident.updates[-1].id, edit)
        else:
            edits.edit_incident(ctx, only.incident.id, IncidentEdit(english("Web was down")))
    assert take_in(sqlite_backend, SMALL) == ImportResult(services=0, incidents=0, known=2)


def test_the_example_of_the_documentation_can_be_imported(sqlite_backend: Backend) -> None:
    text = (Path(__file__).parents[3] / "docs" / "import.md").read_text(encoding="utf-8")
    example = text.split("```json\n")[1].split("```")[0]
    done = take_in(sqlite_backend, json.loads(example))
    assert done == ImportResult(services=1, incidents=1, known=0)


def test_updates_may_stand_in_any_order(sqlite_backend: Backend) -> None:
    take_in(sqlite_backend, SMALL)
    assert take_in(sqlite_backend, SMALL) == ImportResult(services=0, incidents=0, known=2)
    with sqlite_backend.reading(SHELL) as ctx:
        (only,) = listing.list_incidents(ctx, cursor=None, limit=10).items
    assert only.incident.status is IncidentStatus.RESOLVED
    assert only.incident.started_at.isoformat() == "2021-09-30T14:00:00+00:00"


def test_what_is_there_is_left_as_it_is(sqlite_backend: Backend) -> None:
    take_in(sqlite_backend, SMALL)
    renamed = {**SMALL, "services": [{"slug": "web", "name": "Other"}], "incidents": []}
    take_in(sqlite_backend, renamed)
    with sqlite_backend.reading(SHELL) as ctx:
        assert dict(services.get_service(ctx, "web").name)["en"] == "Web"


def at(path: str, value: object) -> dict[str, Any]:
    """The small document with another `value` at `path`; DROP takes away what is there."""
    document: Any = copy.deepcopy(SMALL)
    *way, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    place = document
    for part in way:
        place = place[part]
    if value is DROP:
        del place[last]
    else:
        place[last] = value
    return document  # type: ignore[no-any-return]


DROP = object()
UPDATE = "incidents.0.updates.1"


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ([], "The document"),
        ({}, "format"),
        (at("format", "fyr-import-9"), "format"),
        (at("services", {}), "services"),
        (at("services", ["web"]), "services[0]"),
        (at("services.0.slug", DROP), "services[0].slug"),
        (at("services.0.slug", "Not A Slug"), "services[0]"),
        (at("services.0.name", DROP), "services[0].name"),
        (at("services.0.name", 7), "services[0].name"),
        (at("services.0.name", " "), "services[0].name"),
        (at("services.0.name", "two\nlines"), "services[0].name"),
        (at("services.0.name", {"not a tag": "x"}), "services[0]"),
        (at("services.0.group", []), "services[0].group"),
        (at("services.0.known_since", "yesterday"), "services[0].known_since"),
        (at("services.0.known_since", "2199-01-01T00:00:00Z"), "services[0]"),
        (at("page", "x"), "page"),
        (at("page", {"time_zone": "Mars/Olympus"}), "page.time_zone"),
        (at("page", {"time_zone": "../../etc/passwd"}), "page.time_zone"),
        (at("page", {"name": 1}), "page.name"),
        (at("incidents.0.title", DROP), "incidents[0].title"),
        (at("incidents.0.title", "\u202eabc"), "incidents[0].title"),
        (at("incidents.0.updates", DROP), "incidents[0].updates"),
        (at("incidents.0.updates", []), "incidents[0].updates"),
        (at("incidents.0.impact", "awful"), "incidents[0].impact"),
        (at(f"{UPDATE}.status", "open"), "incidents[0].updates[1].status"),
        (at(f"{UPDATE}.posted_at", DROP), "incidents[0].updates[1].posted_at"),
        (at(f"{UPDATE}.posted_at", "2021-09-30"), "incidents[0].updates[1].posted_at"),
        (at(f"{UPDATE}.posted_at", "0001-01-01T00:00:00Z"), "incidents[0].updates[1].posted_at"),
        (at(f"{UPDATE}.posted_at", "9999-12-31T23:59:59Z"), "incidents[0].updates[1].posted_at"),
        (at(f"{UPDATE}.body", DROP), "incidents[0].updates[1].body"),
        (at(f"{UPDATE}.body", "a\x00b"), "incidents[0].updates[1].body"),
        (at(f"{UPDATE}.services", {"gone": "major_outage"}), "incidents[0].updates[1].services"),
        (at(f"{UPDATE}.services", {"web": "down"}), "incidents[0].updates[1].services.web"),
        (at(f"{UPDATE}.services", {"web": 1}), "incidents[0].updates[1].services"),
        (at("incidents.0.postmortem", {}), "incidents[0].postmortem.body"),
    ],
)
def test_what_is_wrong_is_named_by_its_place_and_nothing_is_stored(
    sqlite_backend: Backend, document: object, place: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        take_in(sqlite_backend, document)
    assert place in refused.value.message
    with sqlite_backend.reading(SHELL) as ctx:
        assert services.list_services(ctx) == ()


def test_a_postmortem_before_the_end_is_refused_by_its_place(sqlite_backend: Backend) -> None:
    document = at("incidents.0.postmortem", {"body": "Why"})
    del document["incidents"][0]["updates"][0]
    with pytest.raises(InvalidError, match=r"^incidents\[0\]\.postmortem: .*resolve"):
        take_in(sqlite_backend, document)


def test_only_those_who_configure_may_import(sqlite_backend: Backend) -> None:
    with pytest.raises(ForbiddenError), sqlite_backend.writing(BEN) as ctx:
        import_document(ctx, SMALL)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["title", "updates", "body", "status"]), inner)
    ),
    max_leaves=8,
)


@given(JSON)
def test_no_value_is_too_odd_to_be_refused(value: object) -> None:
    def read() -> None:
        for each in DocumentReader({"incidents": value}).children("incidents"):
            each.translated("title")
            each.text("status")
            each.optional_instant("body")
            each.strings("updates")

    message = "incidents"
    try:
        read()
    except FyrError as error:
        message = error.message
    assert "incidents" in message


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    with open_installation(sqlite_url, tmp_path) as opened:
        with opened.writing(SHELL) as ctx:
            import_document(ctx, NETPARK)
        yield opened


def test_in_swedish_the_seed_reads_as_it_should(installation: Installation) -> None:
    with installation.reading() as ctx:
        (only,) = listing.list_incidents(ctx, cursor=None, limit=10).items
    page = installation.vera.get(f"/sv/incidents/{only.incident.id}")
    assert page.status_code == 200
    main = html.fromstring(page.text).find(".//main")
    assert main is not None
    text = " ".join("".join(map(str, main.itertext())).split())
    reported = [
        "netPark Certificate Outage",
        "Around 11-11:30am EST we experienced a major outage",
        "Löst",
        "All connections should be working at this point.",
        "Bedömd",
        "One of the certificates in our server’s certificate chain expired today.",
        "3 berörda tjänster:",
        "Självbetjäningsparkeringar",
        "Kortbetalningar",
        "Webb och API",
    ]
    places, place = [], 0
    for each in reported:
        place = text.find(each, place)
        places.append((place >= 0, each))
        place = max(place, 0)
    assert places == [(True, each) for each in reported]


def test_what_is_not_in_swedish_says_so(installation: Installation) -> None:
    with installation.reading() as ctx:
        (only,) = listing.list_incidents(ctx, cursor=None, limit=10).items
    tree = html.fromstring(installation.vera.get(f"/sv/incidents/{only.incident.id}").text)
    english = [
        "".join(map(str, element.itertext()))
        for element in tree.iter("article", "div", "section")
        if element.get("lang") == "en" and element.get("dir") == "ltr"
    ]
    for text in ("Around 11-11:30am", "All connections should", "One of the certificates"):
        assert len([each for each in english if text in each]) == 1
