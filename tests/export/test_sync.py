"""What every destination holds after an export, and after one that did not come to its end."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import brotli
import pytest
import zstandard
from obstore.store import MemoryStore

from app.export.bucket import Bucket
from app.export.folder import Folder
from app.export.page_file import ExportedPage, content_digest
from app.export.sync import Destination, ExportCancelledError, ExportError, ExportResult, sync
from app.web.page_cache.stored_page import PageMeta
from app.web.page_cache.surface import HTML

LOOK = PageMeta(HTML, "en", "public, max-age=10")


@pytest.fixture(params=["folder", "bucket"])
def destination(request: pytest.FixtureRequest, tmp_path: Path) -> Destination:
    if request.param == "folder":
        folder = Folder(tmp_path / "site")
        with folder.locked():
            return folder
    return Bucket(MemoryStore(), "s3://tests/")


def exported_page(path: str, body: str, *, look: PageMeta = LOOK) -> ExportedPage:
    return ExportedPage(path, path, (path,), look, body.encode)


def with_state(page: ExportedPage, state: str) -> ExportedPage:
    return replace(page, state=lambda: state)


def pages_of(**texts: str) -> list[ExportedPage]:
    return [exported_page(f"/{name}", text) for name, text in texts.items()]


def names(destination: Destination) -> set[str]:
    """What is there of the site, without the endings of forms and pages."""
    found = {name for name in destination.present() if not name.startswith(".fyr")}
    return {name.partition(".")[0] for name in found}


def test_new_is_written_old_is_left_and_gone_is_deleted(destination: Destination) -> None:
    assert sync(destination, pages_of(a="one", b="two")) == ExportResult(written=2)
    before = destination.present()
    assert sync(destination, pages_of(a="one", b="other")) == ExportResult(written=1, unchanged=1)
    same = {name for name, tag in before.items() if destination.present()[name] == tag}
    assert {name.partition(".")[0] for name in same} - {""} == {"a"}
    assert sync(destination, pages_of(b="other")) == ExportResult(unchanged=1, deleted=1)
    assert names(destination) == {"b"}


def test_nothing_is_touched_when_nothing_has_changed(destination: Destination) -> None:
    sync(destination, pages_of(a="one" * 500, b="two"))
    before = {
        name: tag for name, tag in destination.present().items() if not name.startswith(".fyr")
    }
    assert sync(destination, pages_of(a="one" * 500, b="two")) == ExportResult(unchanged=2)
    assert before.items() <= destination.present().items()


def test_other_headers_are_a_change(destination: Destination) -> None:
    sync(destination, [exported_page("/a", "one")])
    again = [exported_page("/a", "one", look=PageMeta(HTML, "en", "no-store"))]
    assert sync(destination, again) == ExportResult(written=1)


def test_what_somebody_took_away_or_changed_is_put_there_again(destination: Destination) -> None:
    sync(destination, pages_of(a="one", b="two"))
    taken, changed = sorted(name for name in destination.present() if not name.startswith(".fyr"))
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
    destination.delete([name for name in destination.present() if not name.startswith(".fyr")])
    assert sync(destination, pages) == ExportResult(written=1)


def test_the_progress_ends_with_all_pages(destination: Destination) -> None:
    steps: list[tuple[int, int]] = []
    sync(destination, pages_of(a="one", b="two"), progress=lambda *step: steps.append(step))
    assert steps[-1] == (2, 2)


def test_a_stylesheet_of_before_stays_for_pages_somebody_holds(destination: Destination) -> None:
    css = PageMeta("text/css", "", "immutable")
    sync(destination, [exported_page("/static/1/fyr.css", "a", look=css)])
    sync(destination, [exported_page("/static/2/fyr.css", "b", look=css)])
    assert {"static/1/fyr.css", "static/2/fyr.css"} <= set(destination.present())


def after(count: int, then: Exception) -> Callable[[], bytes]:
    """A body that cannot be had."""
    del count

    def fail() -> bytes:
        raise then

    return fail


def test_what_was_put_before_it_failed_is_known_and_goes_when_it_is_gone(
    destination: Destination,
) -> None:
    broken = ExportedPage("/z", "/z", ("/z",), LOOK, after(1, RuntimeError("no such luck")))
    with pytest.raises(RuntimeError):
        sync(destination, [*pages_of(secret="one"), broken])
    assert "secret" in names(destination)
    sync(destination, pages_of(b="two"))
    assert names(destination) == {"b"}


def test_until_all_that_is_new_is_there_nothing_is_deleted(destination: Destination) -> None:
    sync(destination, pages_of(a="one", b="two"))
    broken = ExportedPage("/z", "/z", ("/z",), LOOK, after(1, RuntimeError("no such luck")))
    with pytest.raises(RuntimeError):
        sync(destination, [*pages_of(c="three"), broken])
    assert names(destination) == {"a", "b", "c"}


def test_who_is_asked_to_stop_stops_between_two_pages(destination: Destination) -> None:
    with pytest.raises(ExportCancelledError):
        sync(destination, pages_of(a="one"), lambda: True)
    assert names(destination) == set()


def test_the_list_of_the_first_release_is_still_read(destination: Destination) -> None:
    sync(destination, pages_of(a="one"))
    destination.write_manifest(
        b'{"fyr": 1, "names": {"b": ["", {}], "b.html": ["0a", {"x": "1"}]}}'
    )
    assert sync(destination, pages_of(a="one")) == ExportResult(written=1, deleted=2)


def test_a_list_that_is_damaged_is_refused(destination: Destination) -> None:
    for damaged in (b"", b"[]", b'{"names": {"a": 1}}'):
        destination.write_manifest(damaged)
        with pytest.raises(ExportError, match="damaged"):
            sync(destination, pages_of(a="one"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
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
