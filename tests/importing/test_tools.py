"""The tools of importers are bounded, and say what is wrong with a source."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from pathlib import Path

import pytest

from app.domain.errors import InvalidError
from app.importing.files.yaml_text import parse_yaml
from app.importing.tools import SourceTools
from app.net.guard import Guard
from tests.network import started

MALFORMED = Path(__file__).parent.parent / "importers" / "fixtures" / "malformed"
Answer = tuple[int, dict[str, str], bytes]


def tools_for(source: str, *, pauses: list[float] | None = None) -> SourceTools:
    """Tools without real pauses; these are appended to `pauses`."""
    clock = iter(range(1_000_000))
    return SourceTools(
        source,
        Guard((ip_network("127.0.0.0/8"),)),
        token="test-token-not-secret",
        sleep=(pauses if pauses is not None else []).append,
        monotonic=lambda: float(next(clock)) * 10,
    )


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(InvalidError) as refused:
        act()
    return refused.value.message


@contextmanager
def serving(answer: Callable[[str, int], Answer]) -> Iterator[str]:
    """A server whose response to the nth request for a path is `answer(path, n)`."""
    seen: dict[str, int] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # as the library calls it
            seen[self.path] = seen.get(self.path, 0) + 1
            status, headers, body = answer(self.path, seen[self.path])
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", headers.get("X-Length", str(len(body))))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:  # as the library calls it
            self.send_error(404)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    with started(server):
        yield f"http://127.0.0.1:{server.server_port}"


def test_a_busy_server_is_waited_for() -> None:
    answers: list[Answer] = [
        (429, {"Retry-After": "7"}, b""),
        (420, {}, b""),
        (500, {}, b""),
        (200, {"Content-Type": "application/json"}, b'{"a": 1}'),
    ]
    pauses: list[float] = []
    with (
        serving(lambda _, number: answers[number - 1]) as url,
        tools_for(url, pauses=pauses) as tools,
    ):
        assert tools.json("/x") == {"a": 1}
    assert pauses == [7.0, 2.0, 4.0]


def test_a_server_that_stays_busy_ends_the_import_with_what_to_do() -> None:
    with serving(lambda *_: (429, {"Retry-After": "599"}, b"")) as url, tools_for(url) as tools:
        assert "--resume" in refusal(lambda: tools.json("/x"))


def test_a_redirect_is_followed_on_the_server_of_the_source_only() -> None:
    def answer(path: str, _: int) -> Answer:
        if path == "/a":
            return 302, {"Location": "/b"}, b""
        if path == "/b":
            return 200, {"Content-Type": "application/json"}, b"[]"
        if path == "/c":
            return 302, {"Location": "http://169.254.169.254/latest"}, b""
        return 302, {"Location": "file:///etc/passwd" if path == "/d" else "//["}, b""

    with serving(answer) as url, tools_for(url) as tools:
        assert tools.json("/a") == []
        assert "169.254.169.254" in refusal(lambda: tools.json("/c"))
        assert "another address" in refusal(lambda: tools.json("/d"))
        assert "what is no address" in refusal(lambda: tools.json("/e"))


def test_headers_that_cannot_be_read_count_as_absent() -> None:
    headers = {"Link": '<http://[>; rel="next", <?page=x>; rel="next"', "Content-Type": ";;="}
    with serving(lambda *_: (200, headers, b"[]")) as url, tools_for(url) as tools:
        assert tools.get("/x").next_page is None


def test_a_server_that_asks_for_no_pause_is_not_asked_for_ever() -> None:
    pauses: list[float] = []
    with (
        serving(lambda *_: (429, {"Retry-After": "0"}, b"")) as url,
        tools_for(url, pauses=pauses) as tools,
    ):
        tools._waited = 595.0  # of the 600 seconds that all pauses have
        assert "--resume" in refusal(lambda: tools.json("/x"))
    assert pauses == [1.0] * 5


def test_a_large_answer_is_refused_with_the_limit() -> None:
    def answer(*_: object) -> Answer:
        return 200, {"Content-Type": "application/json", "X-Length": "40000000"}, b"[]"

    with serving(answer) as url, tools_for(url) as tools:
        assert "32 MB" in refusal(lambda: tools.json("/x"))


def test_an_answer_that_is_cut_is_asked_for_again_and_then_refused() -> None:
    def answer(*_: object) -> Answer:
        return 200, {"Content-Type": "application/json", "X-Length": "100"}, b"[]"

    pauses: list[float] = []
    with serving(answer) as url, tools_for(url, pauses=pauses) as tools:
        assert "cannot be read" in refusal(lambda: tools.json("/x"))
    assert len(pauses) == 2


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("https://user:s3cret@status.example.com", "FYR_IMPORT_TOKEN"),
        ("https://status.example.com/?token=s3cret", "without a query"),
        ("https://", "no address"),
        ("ftp://status.example.com", "no address"),
        ("http://169.254.169.254", "FYR_ALLOWED_NETWORKS"),
    ],
)
def test_an_address_that_may_not_be_read_is_refused(source: str, says: str) -> None:
    with tools_for(source) as tools:
        message = refusal(lambda: tools.json("/x"))
        assert says in message
        assert "s3cret" not in message + repr(tools)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("empty.db", "empty.db is empty"),
        ("text.db", "no SQLite database"),
        ("cut.sqlite", "malformed"),
        ("gone.db", "No such file"),
        ("a\x00b.db", "no file name"),
    ],
)
def test_a_file_that_is_no_database_is_refused(name: str, says: str) -> None:
    with tools_for(str(MALFORMED / name)) as tools:
        assert says in refusal(tools.sqlite)


def test_only_real_tables_and_named_columns_are_read() -> None:
    with tools_for(str(MALFORMED / "hostile.sqlite")) as tools:
        database = tools.sqlite()
        assert "components is a view" in refusal(lambda: list(database.rows("components", ["id"])))
        assert "components" not in database.tables()
    with tools_for(str(MALFORMED / "other.db")) as tools:
        database = tools.sqlite()
        assert "no table status_page" in refusal(lambda: list(database.rows("status_page", ["id"])))


@pytest.mark.parametrize("logs", [["-wal", "-shm"], ["-wal"], []])
def test_a_database_with_a_write_ahead_log_is_read_and_left_as_it_is(
    logs: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "kuma.db"
    folder = tmp_path / "copy"
    folder.mkdir()
    with closing(sqlite3.connect(file)) as writer:
        writer.executescript(
            "PRAGMA journal_mode=WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)"
        )
        if not logs:
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for suffix in ["", *logs]:
            shutil.copy(f"{file}{suffix}", folder / f"kuma.db{suffix}")
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    with tools_for(str(folder / "kuma.db")) as tools:
        rows = list(tools.sqlite().rows("t", ["a"], optional=["b"]))
    assert rows == [{"a": 1, "b": None}]
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == before


def test_a_damaged_database_with_a_log_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "cut.sqlite"
    shutil.copy(MALFORMED / "cut.sqlite", file)
    for suffix in ("-wal", "-journal"):
        Path(f"{file}{suffix}").write_bytes(b"no log " * 100)
    with tools_for(str(file)) as tools:
        assert "malformed" in refusal(tools.sqlite)


@pytest.mark.parametrize("name", ["bomb.yml", "tag.yml", "settings.yml"])
def test_hostile_yaml_is_refused_with_its_line(name: str) -> None:
    message = refusal(lambda: parse_yaml((MALFORMED / name).read_bytes(), name))
    assert name in message
    assert "line" in message or "values" in message


@pytest.mark.parametrize("text", ["[" * 100_000, "a: &a [*a]", "- " * 50_000, "x: \x00"])
def test_yaml_that_exhausts_a_reader_is_refused(text: str) -> None:
    assert "x.yml" in refusal(lambda: parse_yaml(text, "x.yml"))


def test_times_in_yaml_stay_text() -> None:
    text = "a: 2021-09-30 4:05:06\nb: 2021-09-30T04:05:06Z\nc: 2021-09-30"
    assert parse_yaml(text, "x.yml") == {
        "a": "2021-09-30 4:05:06",
        "b": "2021-09-30T04:05:06Z",
        "c": "2021-09-30",
    }


def test_links_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "site" / "content").mkdir(parents=True)
    (tmp_path / "secret.md").write_text("secret")
    (tmp_path / "site" / "content" / "a.md").write_text("a")
    (tmp_path / "site" / "content" / "b.md").symlink_to(tmp_path / "secret.md")
    with tools_for(str(tmp_path / "site")) as tools:
        assert list(tools.files("content/*.md")) == [("content/a.md", b"a")]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("truncated.json", ["line 1", "column 48"]),
        ("not-utf8.json", ["UTF-8"]),
        ("twice.json", ["page", "twice"]),
        ("deep.json", ["levels"]),
    ],
)
def test_json_that_cannot_be_read_is_refused_with_its_place(name: str, says: list[str]) -> None:
    with tools_for(str(MALFORMED / name)) as tools:
        message = refusal(lambda: tools.parse_json(tools.read(), name))
    assert all(each in message for each in (name, *says)), json.dumps(message)


def test_yes_no_on_and_off_are_words() -> None:
    assert parse_yaml("[Off, on, yes, No, true, False]", "x.yml") == [
        *("Off", "on", "yes", "No", True, False)
    ]
