"""Every recorded event gives its expected result, and every adapter has recordings."""

import pkgutil
from importlib import import_module

import pytest

from app import monitors
from app.monitors import ADAPTERS
from tests.monitors.recorded import FIXTURES, Recorded, all_recorded, bodies, outcome

RECORDED = all_recorded()


@pytest.mark.parametrize("recording", RECORDED, ids=lambda found: f"{found.kind}-{found.case}")
def test_a_recorded_event_gives_its_expected_result(recording: Recorded) -> None:
    assert outcome(recording) == recording.expected


def test_every_adapter_is_in_the_registry_under_its_kind() -> None:
    modules = [
        import_module(f"{monitors.__name__}.{module.name}")
        for module in pkgutil.iter_modules(monitors.__path__)
    ]
    assert {id(module.ADAPTER) for module in modules} == {id(found) for found in ADAPTERS.values()}
    assert len(ADAPTERS) == len(modules)
    assert all(kind == adapter.kind for kind, adapter in ADAPTERS.items())


@pytest.mark.parametrize("kind", ADAPTERS)
def test_every_adapter_has_recorded_deliveries_and_says_from_where(kind: str) -> None:
    assert bodies(kind)
    reported = (FIXTURES / kind / "source.txt").read_text(encoding="utf-8")
    assert [file.name for file in bodies(kind) if f"{file.name}:" not in reported] == []


def test_recordings_belong_to_adapters() -> None:
    assert {folder.name for folder in FIXTURES.iterdir()} == set(ADAPTERS)
