from tests.cast import Installation
from tests.factories import make_service

GROUPS = "/api/v1/groups"


def slugs(installation: Installation, path: str) -> list[str]:
    return [each["slug"] for each in installation.cy.get(f"/api/v1/{path}").json()["items"]]


def test_a_group_is_added_renamed_and_read_back(installation: Installation) -> None:
    added = installation.ada.post(GROUPS, {"name": {"en": "Shop"}})
    assert added.status_code == 201
    assert added.json()["slug"] == "shop"
    installation.ada.patch(f"{GROUPS}/shop", {"name": {"en": "Store", "sv": "Butik"}})
    (group,) = installation.cy.get(GROUPS).json()["items"]
    assert (group["slug"], group["name"]) == ("shop", {"en": "Store", "sv": "Butik"})


def test_a_service_finds_a_renamed_group_by_its_name_and_by_its_slug(
    installation: Installation,
) -> None:
    installation.ada.post(GROUPS, {"name": "Shop"})
    installation.ada.patch(f"{GROUPS}/shop", {"name": "Store"})
    for slug, name in (("a", "Store"), ("b", "shop")):
        added = installation.ada.post(
            "/api/v1/services", {"slug": slug, "name": slug, "group": name}
        )
        assert added.json()["group"] == "shop"
    assert installation.ada.post(GROUPS, {"name": "Shop"}).json()["slug"] == "shop-2"


def test_a_dissolved_group_leaves_its_services(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "a", group="Shop")
    assert installation.ada.delete(f"{GROUPS}/shop").status_code == 204
    assert installation.cy.get("/api/v1/services/a").json()["group"] is None


def test_what_an_order_names_comes_first(installation: Installation) -> None:
    with installation.writing() as ctx:
        for slug in "abc":
            make_service(ctx, slug, group=slug)
    installation.ada.put("/api/v1/services/order", {"services": ["c"]})
    installation.ada.put("/api/v1/groups/order", {"groups": ["b", "c"]})
    assert slugs(installation, "services") == ["c", "a", "b"]
    assert slugs(installation, "groups") == ["b", "c", "a"]


def test_an_order_names_nothing_twice_and_nothing_unknown(
    sqlite_installation: Installation,
) -> None:
    sqlite_installation.ada.post(GROUPS, {"name": "Shop"})
    for named, code in ((["shop", "shop"], "named_twice"), (["none"], "unknown_group")):
        refused = sqlite_installation.ada.put(f"{GROUPS}/order", {"groups": named})
        assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_only_what_is_archived_is_restored(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as ctx:
        make_service(ctx, "a")
    restore = "/api/v1/services/a/restore"
    assert sqlite_installation.ada.post(restore).json()["code"] == "not_archived"
    sqlite_installation.ada.delete("/api/v1/services/a")
    assert sqlite_installation.ada.post(restore).json()["slug"] == "a"
