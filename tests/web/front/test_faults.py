"""The database fails in every way it can: visitors see a line more, staff are told, all recovers.

Each fault is a real one.
"""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.db.migrate import upgrade
from tests.cast import BASE_URL
from tests.factories import make_incident
from tests.web.front.cluster import Proxy, own_cluster
from tests.web.front.conftest import Watched, eventually, kept_house

TITLE = "Invoices are late"
NEW = {"slug": "payments", "name": "Payments"}


def begin(kept: Watched) -> str:
    """Something to see; tells where a monitor calls."""
    with kept.house.writing() as ctx:
        make_incident(ctx, title=TITLE)
    made = kept.house.ada.post("/api/v1/sources", {"kind": "generic", "name": "Mona"})
    hook = str(made.json()["hook_url"]).removeprefix(BASE_URL)
    assert kept.house.vera.post(hook, {}).status_code == 202
    return hook


def see_the_page(kept: Watched) -> httpx.Response:
    answer = kept.vera.get("/en/")
    assert answer.status_code == 200
    assert TITLE in answer.text
    return answer


def says_when(kept: Watched) -> bool:
    return 'id="as-of"' in see_the_page(kept).text


def refuse_writes(kept: Watched, hook: str) -> None:
    called = kept.house.vera.post(hook, {})
    assert (called.status_code, "Retry-After" in called.headers) == (503, True)
    answer = kept.house.ada.post("/api/v1/services", NEW)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["code"] == "unavailable"
    assert "database" in answer.json()["detail"]


def take_writes_again(kept: Watched) -> None:
    eventually(
        lambda: kept.house.ada.post("/api/v1/services", NEW).status_code in {201, 409},
        "writes are taken again",
    )
    eventually(lambda: "Payments" in see_the_page(kept).text, "what was written is shown")
    eventually(lambda: not says_when(kept), "the page follows again")


def test_a_killed_database(tmp_path: Path) -> None:
    with own_cluster() as cluster:
        upgrade(cluster.url)
        with kept_house(cluster.url, tmp_path) as kept:
            hook = begin(kept)
            see_the_page(kept)
            cluster.kill()
            refuse_writes(kept, hook)
            see_the_page(kept)
            eventually(lambda: says_when(kept), "the page says of when it is")
            assert kept.house.vera.get("/readyz").status_code == 503
            cluster.start()
            take_writes_again(kept)
            assert kept.house.vera.get("/readyz").status_code == 200


def test_a_database_that_stalls(tmp_path: Path) -> None:
    with own_cluster() as cluster:
        upgrade(cluster.url)
        proxy = Proxy(cluster.socket)
        url = f"postgresql+psycopg://postgres@127.0.0.1:{proxy.port}/postgres"
        with kept_house(url, tmp_path) as kept:
            begin(kept)
            proxy.flowing.clear()
            eventually(lambda: says_when(kept), "the page says of when it is")
            proxy.flowing.set()
            take_writes_again(kept)
        proxy.close()


def test_a_lock_that_somebody_holds(sqlite_url: str, tmp_path: Path) -> None:
    with kept_house(sqlite_url, tmp_path) as kept:
        hook = begin(kept)
        with sqlite3.connect(tmp_path / "fyr.db", isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            refuse_writes(kept, hook)
            assert not says_when(kept)
            other.execute("ROLLBACK")
        other.close()
        take_writes_again(kept)


def test_a_damaged_file(sqlite_url: str, tmp_path: Path) -> None:
    with kept_house(sqlite_url, tmp_path) as kept:
        hook = begin(kept)

        def damaged() -> bool:
            # Again each time: a look that began before may still hold the sound file.
            kept.house.database.close()
            for leftover in ("fyr.db-wal", "fyr.db-shm"):
                (tmp_path / leftover).unlink(missing_ok=True)
            with (tmp_path / "fyr.db").open("r+b") as file:
                file.write(b"\x55" * 100_000)
            return says_when(kept)

        eventually(damaged, "the page says of when it is")
        refuse_writes(kept, hook)


@contextmanager
def volume(folder: Path, size: str) -> Iterator[Path]:
    """A file system of its own, to be full or read-only."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    place = folder / "volume"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount a file system")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def remounted(place: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", place], check=True)


def fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    with volume(tmp_path, "8m") as place:
        url = f"sqlite:///{place / 'fyr.db'}"
        upgrade(url)
        with kept_house(url, tmp_path, snapshots=place / "snapshot") as kept:
            hook = begin(kept)
            filler = place / "filler"
            with pytest.raises(OSError, match="space"):
                fill(filler)
            refuse_writes(kept, hook)
            see_the_page(kept)
            filler.unlink()
            take_writes_again(kept)


def test_a_disk_that_became_read_only(tmp_path: Path) -> None:
    with volume(tmp_path, "8m") as place:
        url = f"sqlite:///{place / 'fyr.db'}"
        upgrade(url)
        with kept_house(url, tmp_path) as kept:
            hook = begin(kept)
            remounted_read_only(place, kept)
            refuse_writes(kept, hook)
            see_the_page(kept)
            remounted(place, "rw")
            take_writes_again(kept)


def remounted_read_only(place: Path, kept: Watched) -> None:
    def done() -> bool:
        # As long as a file is open for writing the kernel refuses.
        kept.house.database.close()
        remount = ["mount", "-o", "remount,ro", str(place)]
        return subprocess.run(remount, check=False, capture_output=True).returncode == 0

    eventually(done, "the volume is read-only")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_nobody_may_write(sqlite_url: str, tmp_path: Path) -> None:
    with kept_house(sqlite_url, tmp_path) as kept:
        hook = begin(kept)
        kept.house.database.close()
        (tmp_path / "fyr.db").chmod(0o400)
        refuse_writes(kept, hook)
        see_the_page(kept)
        (tmp_path / "fyr.db").chmod(0o600)
        take_writes_again(kept)
