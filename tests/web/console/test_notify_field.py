"""The field that asks whether to notify subscribers, and the value where it is not shown."""

from collections.abc import Callable

import pytest
from lxml import html

from app.domain.notifications.states import SubscriberState
from app.domain.permissions import Role
from app.domain.texts.localized_text import LocalizedText
from app.usecases.subscribers.availability import record_mail_setup
from tests.cast import Installation
from tests.console import Staff, staff
from tests.factories import (
    make_incident,
    make_maintenance,
    make_service,
    make_subscriber,
    update,
)
from tests.web.console.incidents.test_updates import at_once, incidents

FORMS = (
    "/console/incidents/new",
    "/console/incidents/{incident}/update",
    "/console/incidents/{incident}/postmortem",
    "/console/maintenances/new",
    "/console/maintenances/{maintenance}/update",
)


@pytest.fixture
def ben(installation: Installation) -> Staff:
    at_once(installation)
    with installation.writing() as ctx:
        make_service(ctx, "payments")
    person = staff(installation, Role.EDITOR)
    person.headers["Accept-Language"] = "en"
    return person


@pytest.fixture
def forms(installation: Installation, ben: Staff) -> list[str]:
    """The addresses of all forms that can notify."""
    with installation.writing() as ctx:
        incident = make_incident(ctx, update()).incident.id
        maintenance = make_maintenance(ctx, "payments").id
    return [each.format(incident=incident, maintenance=maintenance) for each in FORMS]


def field_types(ben: Staff, path: str) -> list[str]:
    """The types of the inputs for this choice on the form."""
    page = html.fromstring(ben.get(path).text)
    return [str(each.get("type")) for each in page.iter("input") if each.get("name") == "notify"]


def sent_by_browser(ben: Staff, path: str) -> dict[str, str]:
    """The fields as a browser sends them, with what is hidden and what is ticked."""
    page = html.fromstring(ben.get(path).text)
    forms = [each for each in page.iter("form") if isinstance(each, html.FormElement)]
    (form,) = (each for each in forms if "body:en" in each.fields)
    return {name: value for name, value in form.form_values() if value}


def test_no_form_asks_while_nobody_can_subscribe(
    installation: Installation, ben: Staff, forms: list[str]
) -> None:
    for path in forms:
        assert field_types(ben, path) == ["hidden"], path
        assert "Notify subscribers" not in ben.get(path).text, path


def by_mail(installation: Installation) -> None:
    with installation.writing() as ctx:
        record_mail_setup(ctx, is_set_up=True)


def by_a_room(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_subscriber(ctx, "hooks.slack.com", channel="slack").is_room = True


@pytest.mark.parametrize("become_possible", [by_mail, by_a_room])
def test_every_form_asks_once_somebody_can_be_notified(
    installation: Installation,
    ben: Staff,
    forms: list[str],
    become_possible: Callable[[Installation], None],
) -> None:
    become_possible(installation)
    for path in forms:
        assert field_types(ben, path) == ["checkbox"], path


def test_a_request_that_was_not_confirmed_is_nobody_to_notify(
    installation: Installation, ben: Staff, forms: list[str]
) -> None:
    with installation.writing() as ctx:
        make_subscriber(ctx, state=SubscriberState.PENDING)
    assert field_types(ben, forms[0]) == ["hidden"]


def test_without_the_field_a_text_notifies_as_through_the_api(
    installation: Installation, ben: Staff, forms: list[str]
) -> None:
    path = forms[1]
    fields = sent_by_browser(ben, path)
    answer = ben.send(path, {**fields, "body:en": "The bank did it.", "do": "publish"})
    assert answer.status_code == 303
    incident = incidents(installation)[0].incident
    newest = incident.updates[0]
    assert isinstance(newest.body, LocalizedText)
    assert dict(newest.body) == {"en": "The bank did it."}
    assert newest.notify is True


def test_a_choice_made_earlier_is_kept_while_the_field_is_not_shown(
    installation: Installation, ben: Staff, forms: list[str]
) -> None:
    by_mail(installation)
    path = forms[1]
    fields = {k: v for k, v in sent_by_browser(ben, path).items() if k != "notify"}
    ben.send(path, {**fields, "body:en": "Quietly.", "do": "preview"})
    with installation.writing() as ctx:
        record_mail_setup(ctx, is_set_up=False)
    assert field_types(ben, path) == []
    ben.send(path, {**sent_by_browser(ben, path), "do": "publish"})
    newest = incidents(installation)[0].incident.updates[0]
    assert newest.notify is False
