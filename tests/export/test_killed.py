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
from tests.export.doomed import Doomed
from tests.export.store import Store, storing
from tests.factories import make_incident, make_service

# Of all that an export does to its target, how much is done when it is killed.
INSTANTS = (0.0, 0.3, 0.6, 0.9)
_OURS = re.compile(rf"""(?:href="|src="|{re.escape(BASE_URL)})(/[^\s"'<>()?#\\]*)""")

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tester",
    "AWS_SECRET_ACCESS_KEY": "hunter2",
    "AWS_REGION": "eu-north-1",
}


@pytest.fixture(scope="module")
def doomed() -> Iterator[Doomed]:
    made = Doomed()
    yield made
    made.close()


def settings(installation: Installation, **more: str) -> Mapping[str, str]:
    return {
        "FYR_DATABASE_URL": installation.settings.database,
        "FYR_DATA_DIR": str(installation.settings.data_dir),
        "FYR_BASE_URL": BASE_URL,
        **more,
    }


class Newsroom:
    """Something new each time, and the oldest goes."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._shown: list[str] = []
        self._gone: list[str] = []
        with installation.writing() as ctx:
            make_service(ctx, "mail")
        self.goes_on()
        self.goes_on()

    def goes_on(self) -> None:
        with self._installation.writing() as ctx:
            made = make_incident(ctx, title=f"Mail is late, number {len(self._shown)}")
            self._shown.append(made.incident.id)
            if len(self._shown) > 2:
                self._gone.append(self._shown.pop(0))
                delete_incident(ctx, self._gone[-1])

    def is_told_by(self, pages: Mapping[str, bytes]) -> bool:
        """Whether what there is now has its pages, and what has gone has none."""
        text = "\n".join(pages)
        shown = all(each in text for each in self._shown)
        return shown and not any(each in text for each in self._gone)

    def hold_together(self, pages: Mapping[str, bytes]) -> None:
        """Every page is whole, and whoever begins at one that is always there finds all others."""
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
    packed = name.endswith((".gz", ".br", ".zst", ".ico"))
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
    installation: Installation, doomed: Doomed, tmp_path: Path
) -> None:
    site, news, given = tmp_path / "site", Newsroom(installation), settings(installation)
    assert doomed.export(str(site), given)[0] == 0
    news.goes_on()
    code, steps = doomed.export(str(site), given)
    assert code == 0
    for instant in INSTANTS:
        news.goes_on()
        code, _ = doomed.export(str(site), given, steps=int(steps * instant))
        assert code == -signal.SIGKILL
        news.hold_together(in_folder(site))
    assert doomed.export(str(site), given)[0] == 0
    news.hold_together(in_folder(site))
    assert news.is_told_by(in_folder(site))
    assert not list(site.rglob("*.fyr-new"))


def test_a_bucket_holds_together_whenever_the_export_is_killed(
    installation: Installation, doomed: Doomed
) -> None:
    url, news = "s3://pages/status", Newsroom(installation)
    with storing() as store:
        given = settings(installation, AWS_ENDPOINT_URL=store.url, **CREDENTIALS)
        assert doomed.export(url, given)[0] == 0
        store.asked.clear()
        news.goes_on()
        assert doomed.export(url, given)[0] == 0
        changes = sum(method in {"PUT", "POST"} for method, _ in store.asked)
        for instant in INSTANTS:
            news.goes_on()
            killing = Killing(int(changes * instant))
            store.changing = killing.count
            assert doomed.export(url, given, begun=killing.learn)[0] == -signal.SIGKILL
            store.changing = lambda: None
            news.hold_together(in_store(store))
        assert doomed.export(url, given)[0] == 0
    news.hold_together(in_store(store))
    assert news.is_told_by(in_store(store))


class Killing:
    """Kills who changes the store, at its change of this number."""

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
