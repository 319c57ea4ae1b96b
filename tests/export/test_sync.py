"""What every destination holds after an export, and after one that did not come to its end."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import brotli
import obstore
import pytest
import zstandard
from obstore.store import MemoryStore

from app.export.bucket import Bucket
from app.export.errors import ExportError
from app.export.folder import Folder
from app.export.page_file import ExportedPage, content_digest
from app.export.sync import Destination, ExportCancelledError, ExportResult, sync
from app.web.page_cache.stored_page import PageMeta
from app.web.page_cache.surface import HTML

LOOK = PageMeta(HTML, "en", "public, max-age=10")
CSS = PageMeta("text/css", "", "immutable")
STYLESHEETS = ("/static/1/fyr.css", "/static/2/fyr.css")


@pytest.fixture(params=["folder", "bucket"])
def destination(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Destination]:
    is_folder = request.param == "folder"
    opened = Folder(tmp_path / "site") if is_folder else Bucket(MemoryStore(), "s3://tests/")
    with opened.locked():
        yield opened


def exported_page(path: str, body: str, *, look: PageMeta = LOOK) -> ExportedPage:
    return ExportedPage(path, path, (path,), look, body.encode)


def with_state(page: ExportedPage, state: str) -> ExportedPage:
    return replace(page, state=lambda: state)


def pages_of(**texts: str) -> list[ExportedPage]:
    return [exported_page(f"/{name}", text) for name, text in texts.items()]


def present(destination: Destination) -> dict[str, str]:
    """The files of the pages that these tests export, with their tags."""
    pages = [exported_page(f"/{name}", "") for name in ("a", "b", "c", "secret")]
    pages += [exported_page(path, "", look=CSS) for path in STYLESHEETS]
    every = [name for page in pages for name in destination.names(page)]
    return dict(destination.tags(file for name in every for file in destination.files(name)))


def names(destination: Destination) -> set[str]:
    """What is there of the site, without the endings of forms and pages."""
    return {name.partition(".")[0] for name in present(destination)}


def test_new_is_written_old_is_left_and_gone_is_deleted(destination: Destination) -> None:
    assert sync(destination, pages_of(a="one", b="two")) == ExportResult(written=2)
    before = present(destination)
    assert sync(destination, pages_of(a="one", b="other")) == ExportResult(written=1, unchanged=1)
    same = {name for name, tag in before.items() if present(destination)[name] == tag}
    assert {name.partition(".")[0] for name in same} == {"a"}
    assert sync(destination, pages_of(b="other")) == ExportResult(unchanged=1, deleted=1)
    assert names(destination) == {"b"}


def test_nothing_is_touched_when_nothing_has_changed(destination: Destination) -> None:
    sync(destination, pages_of(a="one" * 500, b="two"))
    before = present(destination)
    assert sync(destination, pages_of(a="one" * 500, b="two")) == ExportResult(unchanged=2)
    assert present(destination) == before


def test_other_headers_are_a_change(destination: Destination) -> None:
    sync(destination, [exported_page("/a", "one")])
    again = [exported_page("/a", "one", look=PageMeta(HTML, "en", "no-store"))]
    assert sync(destination, again) == ExportResult(written=1)


def test_what_somebody_took_away_or_changed_is_put_there_again(destination: Destination) -> None:
    sync(destination, pages_of(a="one", b="two"))
    taken, changed = sorted(present(destination))
    destination.delete([taken])
    destination.put([changed], b"something else", exported_page("/b", ""))
    assert sync(destination, pages_of(a="one", b="two")) == ExportResult(written=2)
    assert names(destination) == {"a", "b"}


def test_what_has_the_state_of_before_is_not_rendered_and_stays(destination: Destination) -> None:
    pages = [with_state(each, "1") for each in pages_of(a="one", b="two")]
    assert sync(destination, pages).rendered == 2
    again = sync(destination, pages)
    assert (again, again.rendered) == (ExportResult(unchanged=2), 0)
    assert names(destination) == {"a", "b"}
    changed = sync(destination, [with_state(exported_page("/a", "six"), "2"), pages[1]])
    assert (changed, changed.rendered) == (ExportResult(written=1, unchanged=1), 1)


def test_what_has_the_state_of_before_is_written_again_where_its_file_is_gone(
    destination: Destination,
) -> None:
    pages = [with_state(each, "1") for each in pages_of(a="one")]
    sync(destination, pages)
    destination.delete(present(destination))
    assert sync(destination, pages) == ExportResult(written=1)


def test_the_progress_ends_with_all_pages(destination: Destination) -> None:
    steps: list[tuple[int, int]] = []
    sync(destination, pages_of(a="one", b="two"), progress=lambda *step: steps.append(step))
    assert steps[-1] == (2, 2)


def test_a_stylesheet_of_before_stays_for_pages_somebody_holds(destination: Destination) -> None:
    for path in STYLESHEETS:
        sync(destination, [exported_page(path, "a", look=CSS)])
    assert {path[1:] for path in STYLESHEETS} <= set(present(destination))


def fail() -> NoReturn:
    raise RuntimeError("no such luck")


def test_what_was_put_before_it_failed_is_known_and_goes_when_it_is_gone(
    destination: Destination,
) -> None:
    broken = ExportedPage("/z", "/z", ("/z",), LOOK, fail)
    with pytest.raises(RuntimeError):
        sync(destination, [*pages_of(secret="one"), broken])
    assert "secret" in names(destination)
    sync(destination, pages_of(b="two"))
    assert names(destination) == {"b"}


def test_until_all_that_is_new_is_there_nothing_is_deleted(destination: Destination) -> None:
    sync(destination, pages_of(a="one", b="two"))
    broken = ExportedPage("/z", "/z", ("/z",), LOOK, fail)
    with pytest.raises(RuntimeError):
        sync(destination, [*pages_of(c="three"), broken])
    assert names(destination) == {"a", "b", "c"}


def test_who_is_asked_to_stop_stops_between_two_pages(destination: Destination) -> None:
    with pytest.raises(ExportCancelledError):
        sync(destination, pages_of(a="one"), lambda: True)
    assert names(destination) == set()


def test_others_stay_when_the_pages_are_not_all(destination: Destination) -> None:
    sync(destination, pages_of(a="one", b="two"))
    assert sync(destination, pages_of(b="other"), is_complete=False) == ExportResult(written=1)
    assert names(destination) == {"a", "b"}
    # Their names are known: they go when they are missing from all pages.
    assert sync(destination, pages_of(b="other")) == ExportResult(unchanged=1, deleted=1)
    assert names(destination) == {"b"}


def test_a_settled_page_is_not_even_read_and_one_that_was_never_exported_is_rendered(
    destination: Destination,
) -> None:
    settled = [replace(each, is_settled=True) for each in pages_of(a="one")]
    assert sync(destination, settled) == ExportResult(written=1)
    unreadable = replace(settled[0], body=fail, state=fail)
    assert sync(destination, [unreadable]) == ExportResult(unchanged=1)


def test_pages_that_were_written_before_a_failure_are_not_rendered_again(
    destination: Destination,
) -> None:
    pages = [with_state(each, "1") for each in pages_of(a="one", b="two")]
    with pytest.raises(RuntimeError):
        sync(destination, [*pages, replace(exported_page("/c", ""), kind="later", body=fail)])
    assert sync(destination, pages).rendered == 0


FORMER = b'{"fyr": 1, "names": {"b": ["", {}], "b.html": ["0a", {"x": "1"}]}}'


def test_the_list_of_an_earlier_release_of_a_folder_is_taken_over(folder: Folder) -> None:
    (folder.root / ".fyr").mkdir(parents=True)
    (folder.root / ".fyr" / "export.json").write_bytes(FORMER)
    (folder.root / "b.html").write_text("two")
    with folder.locked():
        assert sync(folder, pages_of(a="one")) == ExportResult(written=1, deleted=2)
    assert {each.name for each in folder.root.glob("*")} == {".fyr", "a.html"}
    assert not (folder.root / ".fyr" / "export.json").exists()


def test_the_list_of_an_earlier_release_of_a_bucket_is_taken_over() -> None:
    store = MemoryStore()
    obstore.put(store, ".fyr-export.json", FORMER)
    obstore.put(store, "b", b"two")
    for result in (ExportResult(written=1, deleted=2), ExportResult(unchanged=1)):
        with (bucket := Bucket(store, "s3://tests/")).locked():
            assert sync(bucket, pages_of(a="one")) == result
    assert {each["path"] for batch in obstore.list(store) for each in batch} == {
        ".fyr-export.db",
        "a",
    }


def test_a_list_that_is_damaged_is_refused(folder: Folder) -> None:
    (folder.root / ".fyr").mkdir(parents=True)
    for name, damaged in (("export.json", b"[]"), ("export.db", b"nonsense" * 200)):
        (folder.root / ".fyr" / name).write_bytes(damaged)
        with pytest.raises(ExportError, match=r"damaged.*empty folder"), folder.locked():
            sync(folder, pages_of(a="one"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder that is not locked: its list stays open."""
    return Folder(tmp_path / "site")


def test_a_file_has_its_compressed_forms_beside_it(folder: Folder) -> None:
    text = "All services are working. " * 100
    sync(folder, pages_of(a=text))
    read = {path.name: path.read_bytes() for path in folder.root.glob("a.*")}
    assert read.pop("a.html") == text.encode()
    assert brotli.decompress(read.pop("a.html.br")) == text.encode()
    assert gzip.decompress(read.pop("a.html.gz")) == text.encode()
    assert zstandard.decompress(read.pop("a.html.zst")) == text.encode()
    assert read == {}


def test_a_page_of_an_archive_has_one_compressed_form_at_its_own_name(folder: Folder) -> None:
    text = b"The incident is over. " * 100
    paths = ("/incidents/x", "/i/x")
    page = ExportedPage("x", "/en/incidents/x", paths, LOOK, lambda: text, archive=True)
    sync(folder, [page])
    read = {path.name: path.read_bytes() for path in (folder.root / "en/incidents").iterdir()}
    assert gzip.decompress(read.pop("x.html.gz")) == text
    assert read == {"x.html": text}
    for other in ("incidents", "i"):
        assert [path.name for path in (folder.root / other).iterdir()] == ["x.html"]


def test_a_page_that_became_short_has_no_form_of_before(folder: Folder) -> None:
    sync(folder, pages_of(a="long " * 500))
    sync(folder, pages_of(a="short"))
    assert [path.name for path in folder.root.glob("a*")] == ["a.html"]


def test_folders_that_are_empty_go_too(folder: Folder) -> None:
    sync(folder, [exported_page("/sv/incidents/x", "one")])
    sync(folder, pages_of(b="two"))
    assert not (folder.root / "sv").exists()


def test_a_file_of_the_same_length_looks_newer_to_a_web_server(folder: Folder) -> None:
    seconds = []
    for text in ("one", "two", "six"):
        sync(folder, pages_of(a=text))
        seconds.append(int((folder.root / "a.html").stat().st_mtime))
    assert seconds == sorted(set(seconds))


def test_what_a_killed_export_left_half_written_goes(folder: Folder) -> None:
    sync(folder, pages_of(a="one"))
    (folder.root / "b.html.fyr-new").write_text("hal")
    sync(folder, pages_of(a="one"))
    assert [path.name for path in folder.root.glob("b*")] == []


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(ExportError, match="not empty"), Folder(tmp_path).locked():
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_others_put_into_the_folder_afterwards_stays(folder: Folder) -> None:
    sync(folder, pages_of(a="one"))
    (folder.root / "CNAME").write_text("status.example.com")
    sync(folder, pages_of(b="two"))
    assert (folder.root / "CNAME").read_text() == "status.example.com"


def test_two_exports_to_one_folder_do_not_meet(folder: Folder) -> None:
    with (
        folder.locked(),
        pytest.raises(ExportError, match="under way"),
        Folder(folder.root).locked(),
    ):
        pass


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="cannot be used"), Folder(tmp_path / "file/x").locked():
        pass


@pytest.mark.parametrize(
    "other",
    [
        replace(LOOK, content_type="text/plain"),
        replace(LOOK, language="sv"),
        replace(LOOK, cache_control="no-store"),
        replace(LOOK, headers=(("X-Robots-Tag", "noindex"),)),
        replace(LOOK, status=404),
    ],
)
def test_a_digest_changes_with_the_status_and_with_each_header(other: PageMeta) -> None:
    assert content_digest(b"page", other) != content_digest(b"page", LOOK)
    assert content_digest(b"other", LOOK) != content_digest(b"page", LOOK)


def test_a_digest_does_not_change_with_what_no_client_sees() -> None:
    assert content_digest(b"page", replace(LOOK, addressable=False)) == content_digest(
        b"page", LOOK
    )
