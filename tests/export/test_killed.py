"""An export that is killed: what is there then is whole, and the next one makes it right."""

import os
import re
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock

import pytest

from app.usecases.incidents.lifecycle import delete_incident
from tests.cast import BASE_URL, Installation
from tests.export.killable_exports import KillableExports
from tests.export.store import Store, storing
from tests.factories import make_incident, make_service

# Of all that an export does to its target, how much is done when it is killed.
# Later exports change less: what a killed one wrote is there.
INSTANTS = (0.0, 0.3, 0.5, 0.7)
_OURS = re.compile(rf"""(?:href="|src="|{re.escape(BASE_URL)})(/[^\s"'<>()?#\\]*)""")

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tester",
    "AWS_SECRET_ACCESS_KEY": "hunter2",
    "AWS_REGION": "eu-north-1",
}


@pytest.fixture(scope="module")
def exports() -> Iterator[KillableExports]:
    made = KillableExports()
    yield made
    made.close()


def settings(installation: Installation, **more: str) -> Mapping[str, str]:
    return {
        "FYR_DATABASE_URL": installation.settings.database,
        "FYR_DATA_DIR": str(installation.settings.data_dir),
        "FYR_BASE_URL": BASE_URL,
        **more,
    }


class ChangingIncidents:
    """Two published incidents; each step adds one and deletes the oldest."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._shown: list[str] = []
        self._gone: list[str] = []
        with installation.writing() as ctx:
            make_service(ctx, "mail")
        self.advance()
        self.advance()

    def advance(self) -> None:
        with self._installation.writing() as ctx:
            made = make_incident(ctx, title=f"Mail is late, number {len(self._shown)}")
            self._shown.append(made.incident.id)
            if len(self._shown) > 2:
                self._gone.append(self._shown.pop(0))
                delete_incident(ctx, self._gone[-1])

    def are_published_in(self, pages: Mapping[str, bytes]) -> bool:
        """Return whether each published incident has its pages, and each deleted one has none."""
        text = "\n".join(pages)
        shown = all(each in text for each in self._shown)
        return shown and not any(each in text for each in self._gone)

    def assert_complete(self, pages: Mapping[str, bytes]) -> None:
        """Assert that every page is complete and that all its links lead to exported pages."""
        for name, body in pages.items():
            if body.startswith(b"<!doctype"):
                assert body.rstrip().endswith(b"</html>"), name
        coming_and_going = (*self._shown, *self._gone)
        known = [name for name in pages if not any(each in name for each in coming_and_going)]
        assert {"index.html", "ar/index.html", "history.atom"} <= set(known)
        seen = set(known)
        while known:
            name = known.pop()
            for path in _links(name, pages[name]):
                bare = path.removeprefix("/")
                there = (bare, f"{bare}.html", f"{bare}index.html", f"{bare}/index.html")
                found = [each for each in there if each in pages]
                assert found, f"{name} leads to {path}"
                known += [each for each in found if each not in seen]
                seen.update(found)


def _links(name: str, body: bytes) -> list[str]:
    packed = name.endswith((".gz", ".br", ".zst", ".ico", ".png"))
    return [] if packed else _OURS.findall(body.decode())


def in_folder(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".fyr" not in str(path.relative_to(folder))
    }


def in_store(store: Store) -> dict[str, bytes]:
    return {
        key.removeprefix("pages/status/"): each.body
        for key, each in store.objects.items()
        if ".fyr" not in key
    }


def test_a_folder_holds_together_whenever_the_export_is_killed(
    installation: Installation, exports: KillableExports, tmp_path: Path
) -> None:
    site, incidents, given = (
        tmp_path / "site",
        ChangingIncidents(installation),
        settings(installation),
    )
    assert exports.export(str(site), given)[0] == 0
    incidents.advance()
    code, steps = exports.export(str(site), given)
    assert code == 0
    for instant in INSTANTS:
        incidents.advance()
        code, _ = exports.export(str(site), given, steps=int(steps * instant))
        assert code == -signal.SIGKILL
        incidents.assert_complete(in_folder(site))
    assert exports.export(str(site), given)[0] == 0
    incidents.assert_complete(in_folder(site))
    assert incidents.are_published_in(in_folder(site))
    assert not list(site.rglob("*.fyr-new"))


def test_a_bucket_holds_together_whenever_the_export_is_killed(
    installation: Installation, exports: KillableExports
) -> None:
    url, incidents = "s3://pages/status", ChangingIncidents(installation)
    with storing() as store:
        given = settings(installation, AWS_ENDPOINT_URL=store.url, **CREDENTIALS)
        assert exports.export(url, given)[0] == 0
        store.asked.clear()
        incidents.advance()
        assert exports.export(url, given)[0] == 0
        changes = sum(method in {"PUT", "POST"} for method, _ in store.asked)
        for instant in INSTANTS:
            incidents.advance()
            killing = Killing(int(changes * instant))
            store.changing = killing.count
            assert exports.export(url, given, begun=killing.learn)[0] == -signal.SIGKILL
            store.changing = lambda: None
            incidents.assert_complete(in_store(store))
        assert exports.export(url, given)[0] == 0
    incidents.assert_complete(in_store(store))
    assert incidents.are_published_in(in_store(store))


class Killing:
    """Kills the process that changes the store, at its change of this number."""

    def __init__(self, last: int) -> None:
        self._left = last
        self._turn = Lock()
        self._pid = 0

    def learn(self, pid: int) -> None:
        self._pid = pid

    def count(self) -> None:
        with self._turn:
            self._left -= 1
            if self._left == -1:
                os.kill(self._pid, signal.SIGKILL)
