"""Each recipe of the cookbook gives the result that it shows."""

import json
import re
from datetime import datetime
from typing import Any

import pytest

from app.monitors import ADAPTERS, check_mapping
from tests.docs.test_monitors import page
from tests.monitors.recorded import deliver

_BLOCK = re.compile(r"\*\*(\w+)\*\*\n\n```\w*\n(.*?)\n```", re.DOTALL)
RECIPES = {
    title: dict(_BLOCK.findall(text))
    for title, _, text in (
        section.partition("\n") for section in page("cookbook").split("\n## ")[1:]
    )
}


def test_the_cookbook_has_recipes() -> None:
    assert len(RECIPES) >= 8
    assert all({"Mapping", "Result"} <= recipe.keys() for recipe in RECIPES.values())


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_gives_the_result_that_it_shows(title: str) -> None:
    recipe = RECIPES[title]
    mapping = json.loads(recipe["Mapping"])
    assert check_mapping(mapping) == {}
    event = deliver(
        recipe.get("Payload", ""),
        query=recipe.get("Query", ""),
        headers=json.loads(recipe.get("Headers", "{}")),
    )
    adapter = ADAPTERS["generic"]
    assert adapter.header_names(mapping) == set(event.headers)
    shown = json.loads(recipe["Result"])
    expected = shown if isinstance(shown, list) else [shown]
    alerts = adapter.parse(event, mapping)
    assert [alert.notes for alert in alerts] == [()] * len(expected)
    key = adapter.idempotency_key(event, mapping)
    found = [
        {
            name: key if name == "idempotency_key" else _written(getattr(alert, name))
            for name in wanted
        }
        for alert, wanted in zip(alerts, expected, strict=True)
    ]
    assert found == expected


def _written(value: object) -> Any:  # noqa: ANN401  # as JSON has it
    return value.isoformat() if isinstance(value, datetime) else value
