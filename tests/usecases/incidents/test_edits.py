import pytest
from sqlmodel import select

from app.db.tables import FormerTextRow
from app.domain.errors import InvalidError, NotFoundError
from app.domain.ownership import ActorKind, Owner
from app.domain.statuses import IncidentStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Phrase, Phrased
from app.usecases.context import Actor
from app.usecases.incidents.edits import IncidentEdit, UpdateEdit, edit_incident, edit_update
from app.usecases.incidents.lifecycle import NewIncident, NewUpdate, open_incident
from app.usecases.incidents.postmortems import NewPostmortem, put_postmortem
from tests.cast import BEN, Backend
from tests.factories import english, make_incident, update

PROBE = Actor(ActorKind.PROBE, "probe")


def former(backend: Backend) -> list[tuple[str, str]]:
    """What texts said before, and who replaced them."""
    with backend.reading() as ctx:
        rows = ctx.session.exec(select(FormerTextRow)).all()
        texts = [(row.body, row.replaced_by) for row in rows]
    return [
        (dict(body)["en"] if isinstance(body, LocalizedText) else body.phrases[0].code, who)
        for body, who in texts
    ]


def test_the_former_text_of_an_update_is_stored(backend: Backend) -> None:
    with backend.writing(BEN) as ctx:
        incident = make_incident(ctx, update(body="First.")).incident
    backend.clock.forward(minutes=9)
    with backend.writing(BEN) as ctx:
        edited = edit_update(
            ctx, incident.id, incident.updates[0].id, UpdateEdit(english("Second."))
        )
        (changed,) = edited.incident.updates
        assert changed.edited_at == ctx.now
        assert changed.posted_at == incident.updates[0].posted_at
    assert former(backend) == [("First.", "ben@example.com")]


def test_the_former_title_is_stored(backend: Backend) -> None:
    with backend.writing(BEN) as ctx:
        incident = make_incident(ctx, title="Down").incident.id
        edit_incident(ctx, incident, IncidentEdit(english("Partly down")))
    assert former(backend) == [("Down", "ben@example.com")]


def test_the_former_postmortem_is_stored(backend: Backend) -> None:
    with backend.writing(BEN) as ctx:
        incident = make_incident(ctx, update(IncidentStatus.RESOLVED)).incident.id
        put_postmortem(ctx, incident, NewPostmortem(english("One."), publish=True))
        put_postmortem(ctx, incident, NewPostmortem(english("Two."), publish=True))
    assert former(backend) == [("One.", "ben@example.com")]


def test_words_of_staff_replace_what_automation_said(backend: Backend) -> None:
    phrase = Phrased.of(Phrase.of("why.malformed", host="pay.example.com"))
    with backend.writing(PROBE) as ctx:
        first = NewUpdate(IncidentStatus.IDENTIFIED, phrase, {})
        incident = open_incident(ctx, NewIncident(english("Down"), first, cause="c")).incident
    with backend.writing(BEN) as ctx:
        edited = edit_update(
            ctx, incident.id, incident.updates[0].id, UpdateEdit(english("It broke."))
        )
    assert edited.incident.updates[0].body == english("It broke.")
    assert edited.owner is Owner.STAFF
    assert former(backend) == [("why.malformed", "ben@example.com")]


def test_an_edit_of_the_source_makes_its_translations_outdated(sqlite_backend: Backend) -> None:
    body = LocalizedText.from_mapping({"en": "Down.", "sv": "Nere."}, default="en")
    with sqlite_backend.writing(BEN) as ctx:
        first = NewUpdate(IncidentStatus.INVESTIGATING, body, {})
        incident = open_incident(ctx, NewIncident(english("Down"), first)).incident
        update_id = incident.updates[0].id
        edit_update(ctx, incident.id, update_id, UpdateEdit(english("Slow.")))
    with sqlite_backend.writing(BEN) as ctx:
        swedish = LocalizedText.of("Långsam.", "sv")
        edited = edit_update(ctx, incident.id, update_id, UpdateEdit(swedish))
    text = edited.incident.updates[0].body
    assert isinstance(text, LocalizedText)
    chosen = text.choose("sv", default="en")
    assert (chosen.text, chosen.outdated) == ("Långsam.", False)


def test_an_update_that_is_not_there_is_not_found(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        incident = make_incident(ctx).incident.id
        for odd in ("zzzzzzzzzzzz", "\x00"):
            with pytest.raises(NotFoundError):
                edit_update(ctx, incident, odd, UpdateEdit(english("x")))


def test_a_postmortem_waits_for_the_end(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        incident = make_incident(ctx).incident.id
        with pytest.raises(InvalidError):
            put_postmortem(ctx, incident, NewPostmortem(english("x"), publish=False))
