from collections.abc import Mapping

import pytest

from app.domain.permissions import Role
from app.domain.statuses import ServiceStatus
from app.usecases.services.groups import list_groups
from app.usecases.services.services import get_service, list_services
from tests.cast import Installation
from tests.console import Staff, staff
from tests.factories import make_incident, make_service, update

SERVICES = "/console/services"
NEW = {"slug": "payments", "name:en": "Payments", "name:sv": "Betalningar", "group": ""}


@pytest.fixture
def ada(installation: Installation) -> Staff:
    return staff(installation, Role.ADMIN)


def order_of(installation: Installation) -> list[str]:
    with installation.reading() as ctx:
        return [service.slug for service in list_services(ctx)]


def groups_of(installation: Installation) -> list[str]:
    with installation.reading() as ctx:
        return [group.slug for group in list_groups(ctx)]


def furnish(installation: Installation, services: Mapping[str, str | None]) -> None:
    with installation.writing() as ctx:
        for slug, group in services.items():
            make_service(ctx, slug, group=group)


def test_a_service_is_added_in_two_languages_and_visitors_see_it(
    installation: Installation, ada: Staff
) -> None:
    assert ada.send(f"{SERVICES}/new", NEW).headers["location"] == SERVICES
    assert "Betalningar" in installation.vera.get("/sv/").text
    assert "Payments" in ada.get(SERVICES, headers={"Accept-Language": "en"}).text


def test_a_taken_address_is_shown_beside_its_field_and_all_values_stay(
    installation: Installation, ada: Staff
) -> None:
    furnish(installation, {"payments": None})
    answer = ada.send(f"{SERVICES}/new", {**NEW, "description:sv": "Kort och fakturor."})
    assert answer.status_code == 409
    assert 'id="slug-problem"' in answer.text
    assert "Kort och fakturor." in answer.text
    assert 'value="Betalningar"' in answer.text


def test_a_service_without_a_name_is_refused_beside_the_name(ada: Staff) -> None:
    answer = ada.send(f"{SERVICES}/new", {"slug": "a", "name:en": " ", "group": ""})
    assert answer.status_code == 422
    assert 'id="name-problem"' in answer.text


def test_a_better_name_makes_the_translation_that_stayed_outdated(
    installation: Installation, ada: Staff
) -> None:
    ada.send(f"{SERVICES}/new", NEW)
    edit = f"{SERVICES}/payments/edit"
    ada.send(edit, {**NEW, "name:en": "Paying"})
    assert 'name="still" value="name:sv"' in ada.get(edit).text
    ada.send(edit, {**NEW, "name:en": "Paying", "still": "name:sv"})
    assert 'name="still"' not in ada.get(edit).text


def test_a_language_cannot_be_emptied(installation: Installation, ada: Staff) -> None:
    ada.send(f"{SERVICES}/new", NEW)
    answer = ada.send(f"{SERVICES}/payments/edit", {**NEW, "name:sv": ""})
    assert answer.status_code == 422
    assert 'id="name-problem"' in answer.text


def test_a_description_and_a_group_are_given_and_taken_away(
    installation: Installation, ada: Staff
) -> None:
    furnish(installation, {"payments": None, "shop": "Money"})
    edit = f"{SERVICES}/payments/edit"
    name = {"name:en": "Payments"}
    ada.send(edit, {**name, "description:en": "Cards.", "group": "money"})
    with installation.reading() as ctx:
        service = get_service(ctx, "payments")
    assert (service.group, dict(service.description or ())) == ("money", {"en": "Cards."})
    ada.send(edit, {**name, "description:en": "", "group": ""})
    with installation.reading() as ctx:
        service = get_service(ctx, "payments")
    assert (service.group, service.description) == (None, None)


def test_buttons_move_a_service_past_its_neighbour_and_lead_back_to_them(
    installation: Installation, ada: Staff
) -> None:
    furnish(installation, {"a": None, "b": None, "c": None})
    answer = ada.send(f"{SERVICES}/order", {"row": ["a", "b", "c"], "up": "c"})
    assert answer.headers["location"] == f"{SERVICES}#up-c"
    assert order_of(installation) == ["a", "c", "b"]
    answer = ada.send(f"{SERVICES}/order", {"row": ["a", "c", "b"], "down": "c"})
    assert answer.headers["location"] == f"{SERVICES}#up-c"
    assert order_of(installation) == ["a", "b", "c"]


def test_an_order_is_taken_over_whole(installation: Installation, ada: Staff) -> None:
    furnish(installation, {"a": None, "b": None, "c": None})
    ada.send(f"{SERVICES}/order", {"row": ["c", "a"]})
    assert order_of(installation) == ["c", "a", "b"]


def test_an_order_with_a_stranger_is_refused(installation: Installation, ada: Staff) -> None:
    furnish(installation, {"a": None})
    answer = ada.send(f"{SERVICES}/order", {"row": ["a", "gone"]})
    assert answer.status_code == 422
    assert "no longer on the page" in answer.text


def test_an_archived_service_keeps_its_history_and_comes_back(
    installation: Installation, ada: Staff
) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "payments")
    ada.confirm(f"{SERVICES}/payments/archive")
    assert "/en/services/payments" not in installation.vera.get("/en/").text
    assert "Archived services" in ada.get(SERVICES, headers={"Accept-Language": "en"}).text
    ada.confirm(f"{SERVICES}/payments/restore")
    assert "/en/services/payments" in installation.vera.get("/en/").text


def test_groups_are_added_ordered_renamed_and_dissolved(
    installation: Installation, ada: Staff
) -> None:
    furnish(installation, {"a": "Shop"})
    ada.send(f"{SERVICES}/groups/new", {"name:en": "Money", "name:sv": "Pengar"})
    ada.send(f"{SERVICES}/groups/order", {"row": ["shop", "money"], "down": "shop"})
    assert groups_of(installation) == ["money", "shop"]
    ada.send(f"{SERVICES}/groups/shop/edit", {"name:en": "Store"})
    assert "Store" in installation.vera.get("/en/").text
    ada.confirm(f"{SERVICES}/groups/shop/remove")
    assert groups_of(installation) == ["money"]
    assert order_of(installation) == ["a"]


def test_two_groups_cannot_have_one_name(installation: Installation, ada: Staff) -> None:
    furnish(installation, {"a": "Shop"})
    answer = ada.send(f"{SERVICES}/groups/new", {"name:en": "shop"})
    assert answer.status_code == 409
    assert 'id="name-problem"' in answer.text


def test_a_viewer_sees_the_status_of_each_service_and_no_buttons(
    installation: Installation,
) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "payments")
        make_incident(ctx, update(services={"payments": ServiceStatus.MAJOR_OUTAGE}))
    page = staff(installation, Role.VIEWER).get(SERVICES, headers={"Accept-Language": "en"}).text
    assert "Major outage" in page
    assert f"{SERVICES}/new" not in page
