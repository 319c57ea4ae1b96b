"""What monitors call a service, as admins say it in the console."""

import pytest

from app.domain.permissions import Role
from tests.cast import Installation
from tests.console import Staff, staff
from tests.factories import make_service

HERE = "/console/services/payments/aliases"


@pytest.fixture
def ada(installation: Installation) -> Staff:
    with installation.writing() as ctx:
        make_service(ctx, "payments")
        make_service(ctx, "mail")
    return staff(installation, Role.ADMIN)


def names(installation: Installation) -> dict[str, str]:
    found = installation.cy.get("/api/v1/aliases").json()["items"]
    return {each["alias"]: each["service"] for each in found}


def test_a_name_is_added_and_shown(installation: Installation, ada: Staff) -> None:
    assert ada.send(HERE, {"alias": " Checkout/PROD "}).headers["location"] == HERE
    assert names(installation) == {"checkout/prod": "payments"}
    assert "checkout/prod" in ada.get(HERE).text
    assert "checkout/prod" in staff(installation, Role.VIEWER).get("/console/services").text
    assert HERE in ada.get("/console/services/payments/edit").text


def test_a_removed_name_is_gone_and_both_are_in_the_audit_log(
    installation: Installation, ada: Staff
) -> None:
    ada.send(HERE, {"alias": "checkout/prod"})
    ada.send(f"{HERE}/remove", {"name": "checkout/prod"})
    assert names(installation) == {}
    trail = installation.ada.get("/api/v1/audit?action=alias").json()["items"]
    assert [(each["action"], each["subject_id"]) for each in trail] == [
        ("alias.delete", "payments"),
        ("alias.add", "payments"),
    ]


@pytest.mark.parametrize(("typed", "status"), [("", 422), ("x" * 201, 422), ("MAILER", 409)])
def test_what_cannot_be_a_name_is_shown_beside_the_field(
    installation: Installation, ada: Staff, typed: str, status: int
) -> None:
    ada.send("/console/services/mail/aliases", {"alias": "mailer"})
    answer = ada.send(HERE, {"alias": typed})
    assert answer.status_code == status
    assert 'id="alias-problem"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert names(installation) == {"mailer": "mail"}


def test_a_service_that_is_not_there_has_no_names(installation: Installation, ada: Staff) -> None:
    assert ada.get("/console/services/nothing/aliases").status_code == 404


def test_the_other_unicode_spelling_of_an_alias_is_taken(
    installation: Installation, ada: Staff
) -> None:
    ada.send("/console/services/mail/aliases", {"alias": "Caf\u00e9"})
    for taken in ("CAFE\u0301", "mail"):
        answer = ada.send(HERE, {"alias": taken})
        assert answer.status_code == 409
        assert 'id="alias-problem"' in answer.text
    ada.send("/console/services/mail/aliases/remove", {"name": "cafe\u0301"})
    assert names(installation) == {}
