from app.db.tables import ServiceAliasRow
from app.usecases.services.services import service_ids
from tests.cast import Installation

NEW = {
    "slug": "payments",
    "name": {"en": "Payments", "sv": "Betalningar"},
    "group": "Shop",
    "description": "Cards and invoices.",
}


def test_a_service_is_added_and_read_back(installation: Installation) -> None:
    added = installation.ada.post("/api/v1/services", NEW)
    assert added.status_code == 201
    assert added.json() == {
        "id": added.json()["id"],
        "slug": "payments",
        "name": {"en": "Payments", "sv": "Betalningar"},
        "description": {"en": "Cards and invoices."},
        "group": "shop",
        "known_since": "2026-03-02T12:00:00Z",
        "created_at": "2026-03-02T12:00:00Z",
    }
    assert installation.cy.get("/api/v1/services/payments").json() == added.json()


def test_a_plain_name_is_in_the_default_language_of_the_page(
    sqlite_installation: Installation,
) -> None:
    added = sqlite_installation.ada.post("/api/v1/services", {"slug": "a", "name": "  Alpha "})
    assert added.json()["name"] == {"en": "Alpha"}


def test_services_are_listed_in_the_order_of_the_page(installation: Installation) -> None:
    for slug in ("zulu", "alpha"):
        installation.ada.post("/api/v1/services", {"slug": slug, "name": slug})
    listing = installation.cy.get("/api/v1/services").json()
    assert [service["slug"] for service in listing["items"]] == ["zulu", "alpha"]
    assert listing["next"] is None


def test_a_change_keeps_what_it_does_not_name(installation: Installation) -> None:
    installation.ada.post("/api/v1/services", NEW)
    changed = installation.ada.patch(
        "/api/v1/services/payments", {"name": {"ar": "المدفوعات"}}
    ).json()
    assert changed["name"] == {"en": "Payments", "sv": "Betalningar", "ar": "المدفوعات"}
    assert changed["group"] == "shop"
    assert changed["description"] == {"en": "Cards and invoices."}


def test_null_takes_group_and_description_away(installation: Installation) -> None:
    installation.ada.post("/api/v1/services", NEW)
    installation.ada.patch("/api/v1/services/payments", {"group": None, "description": None})
    found = installation.ada.get("/api/v1/services/payments").json()
    assert (found["group"], found["description"]) == (None, None)


def test_the_name_cannot_be_taken_away(sqlite_installation: Installation) -> None:
    sqlite_installation.ada.post("/api/v1/services", NEW)
    refused = sqlite_installation.ada.patch("/api/v1/services/payments", {"name": None})
    assert refused.status_code == 422
    assert "name" in refused.json()["detail"]


def test_a_change_names_at_least_one_field(sqlite_installation: Installation) -> None:
    sqlite_installation.ada.post("/api/v1/services", NEW)
    assert sqlite_installation.ada.patch("/api/v1/services/payments", {}).status_code == 422


def test_services_with_the_same_group_name_share_one_group(
    sqlite_installation: Installation,
) -> None:
    for slug in ("a", "b"):
        sqlite_installation.ada.post(
            "/api/v1/services", {"slug": slug, "name": slug, "group": "الدفع"}
        )
    groups = {
        each["group"] for each in sqlite_installation.cy.get("/api/v1/services").json()["items"]
    }
    assert len(groups) == 1


def test_a_slug_is_taken_once_even_after_its_service_is_archived(
    installation: Installation,
) -> None:
    installation.ada.post("/api/v1/services", NEW)
    assert installation.ada.delete("/api/v1/services/payments").status_code == 204
    assert installation.ada.get("/api/v1/services/payments").status_code == 404
    assert installation.ada.get("/api/v1/services").json()["items"] == []
    again = installation.ada.post("/api/v1/services", NEW)
    assert (again.status_code, again.json()["code"]) == (409, "slug_taken")


def test_a_slug_that_cannot_stand_in_a_url_is_refused(sqlite_installation: Installation) -> None:
    for slug in ("Payments", "a b", "a--b", "-a", "a" * 61, "a\x00", "é"):
        refused = sqlite_installation.ada.post("/api/v1/services", {"slug": slug, "name": "A"})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_slug"), slug


COMPOSED, DECOMPOSED = "Caf\u00e9", "CAFE\u0301"


def test_names_of_services_groups_and_aliases_compare_after_normalisation(
    installation: Installation,
) -> None:
    installation.ada.post("/api/v1/services", {**NEW, "group": COMPOSED})
    other = {"slug": "mail", "name": "Mail", "group": DECOMPOSED}
    assert installation.ada.post("/api/v1/services", other).json()["group"] == "cafe"
    taken = installation.ada.post("/api/v1/groups", {"name": DECOMPOSED})
    assert (taken.status_code, taken.json()["code"]) == (409, "group_taken")

    alias = {"alias": COMPOSED, "service": "payments"}
    assert installation.ada.post("/api/v1/aliases", alias).status_code == 201
    for service in ("payments", "mail"):
        taken = installation.ada.post("/api/v1/aliases", {"alias": DECOMPOSED, "service": service})
        assert (taken.status_code, taken.json()["code"]) == (409, "alias_taken")
    assert installation.ada.delete("/api/v1/aliases/CAFE%CC%81").status_code == 204
    assert installation.ada.get("/api/v1/aliases").json()["items"] == []


def test_an_alias_and_the_slug_of_another_service_exclude_each_other(
    sqlite_installation: Installation,
) -> None:
    ada = sqlite_installation.ada
    for slug in ("payments", "mail"):
        ada.post("/api/v1/services", {"slug": slug, "name": slug})
    taken = ada.post("/api/v1/aliases", {"alias": "MAIL", "service": "payments"})
    assert (taken.status_code, taken.json()["code"]) == (409, "alias_taken")
    ada.post("/api/v1/aliases", {"alias": "Checkout", "service": "payments"})
    taken = ada.post("/api/v1/services", {"slug": "checkout", "name": "Checkout"})
    assert (taken.status_code, taken.json()["code"]) == (409, "alias_taken")
    assert taken.json()["errors"][0]["field"] == "slug"


def test_an_alias_stored_before_names_were_normalised_is_taken_and_found(
    installation: Installation,
) -> None:
    installation.ada.post("/api/v1/services", NEW)
    with installation.writing() as ctx:
        number = service_ids(ctx, ["payments"], field="service")["payments"]
        ctx.session.add(ServiceAliasRow(alias="cafe\u0301", service_id=number))
    taken = installation.ada.post("/api/v1/aliases", {"alias": COMPOSED, "service": "payments"})
    assert taken.json()["code"] == "alias_taken"
    assert installation.ada.delete("/api/v1/aliases/Caf%C3%A9").status_code == 204
