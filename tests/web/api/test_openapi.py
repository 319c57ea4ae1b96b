"""The OpenAPI document: the names that clients are generated from."""

from tests.cast import Installation


def test_an_operation_id_is_the_name_of_one_handler(sqlite_installation: Installation) -> None:
    document = sqlite_installation.vera.get("/api/openapi.json").json()
    names = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert {"open_incident", "list_pending_texts", "edit_maintenance_update"} <= set(names)
    assert len(names) == len(set(names))
    assert [name for name in names if "api_v1" in name] == []
