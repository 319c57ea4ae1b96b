from tests.cast import House
from tests.factories import make_service

GROUPS = "/api/v1/groups"


def slugs(house: House, path: str) -> list[str]:
    return [each["slug"] for each in house.cy.get(f"/api/v1/{path}").json()["items"]]


def test_a_group_is_added_renamed_and_read_back(house: House) -> None:
    added = house.ada.post(GROUPS, {"name": {"en": "Shop"}})
    assert added.status_code == 201
    assert added.json()["slug"] == "shop"
    house.ada.patch(f"{GROUPS}/shop", {"name": {"en": "Store", "sv": "Butik"}})
    (group,) = house.cy.get(GROUPS).json()["items"]
    assert (group["slug"], group["name"]) == ("shop", {"en": "Store", "sv": "Butik"})


def test_a_service_finds_a_renamed_group_by_its_name_and_by_its_slug(house: House) -> None:
    house.ada.post(GROUPS, {"name": "Shop"})
    house.ada.patch(f"{GROUPS}/shop", {"name": "Store"})
    for slug, name in (("a", "Store"), ("b", "shop")):
        added = house.ada.post("/api/v1/services", {"slug": slug, "name": slug, "group": name})
        assert added.json()["group"] == "shop"
    assert house.ada.post(GROUPS, {"name": "Shop"}).json()["slug"] == "shop-2"


def test_a_dissolved_group_leaves_its_services(house: House) -> None:
    with house.writing() as ctx:
        make_service(ctx, "a", group="Shop")
    assert house.ada.delete(f"{GROUPS}/shop").status_code == 204
    assert house.cy.get("/api/v1/services/a").json()["group"] is None


def test_what_an_order_names_comes_first(house: House) -> None:
    with house.writing() as ctx:
        for slug in "abc":
            make_service(ctx, slug, group=slug)
    house.ada.put("/api/v1/services/order", {"services": ["c"]})
    house.ada.put("/api/v1/groups/order", {"groups": ["b", "c"]})
    assert slugs(house, "services") == ["c", "a", "b"]
    assert slugs(house, "groups") == ["b", "c", "a"]


def test_an_order_names_nothing_twice_and_nothing_unknown(quick_house: House) -> None:
    quick_house.ada.post(GROUPS, {"name": "Shop"})
    for named, code in ((["shop", "shop"], "named_twice"), (["none"], "unknown_group")):
        refused = quick_house.ada.put(f"{GROUPS}/order", {"groups": named})
        assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_only_what_is_archived_is_restored(quick_house: House) -> None:
    with quick_house.writing() as ctx:
        make_service(ctx, "a")
    restore = "/api/v1/services/a/restore"
    assert quick_house.ada.post(restore).json()["code"] == "not_archived"
    quick_house.ada.delete("/api/v1/services/a")
    assert quick_house.ada.post(restore).json()["slug"] == "a"
