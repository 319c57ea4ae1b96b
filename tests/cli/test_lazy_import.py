"""A command loads what it needs and nothing else."""

import inspect
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import typer

from app.cli import COMMANDS
from app.cli.lazy_import import load
from app.db.engine import make_engine
from app.usecases.database import Database
from app.web.page_cache.first_page import render_first_pages
from app.web.page_cache.snapshot import save
from tests.cast import BASE_URL
from tests.cli.program import program
from tests.trust.authorities import leaf, make
from tests.trust.x509.test_chain import pem

# What takes long to import.
HEAVY = ("sqlalchemy", "fastapi", "babel", "cryptography", "alembic", "asyncio")
# What only some processes ever use: docs/adr/0015.
SELDOM = (
    "cryptography",
    "re2",
    "httpx",
    "webauthn",
    "authlib",
    "joserfc",
    "segno",
    "rich",
    "alembic",
    "OpenSSL",
    "PIL",
    "xml.sax",
    "urllib.request",
    "pyexpat",
)
# What belongs to a database on PostgreSQL: another 2 MB.
OF_POSTGRESQL = ("sqlalchemy.dialects.postgresql", "psycopg")
# What comes with the first request of staff: docs/adr/0041.
FOR_STAFF = ("app.web.api", "app.web.console", "app.rendering.console", "fastapi_swagger")


# What the certificate commands do without: they judge, and print with rich.
FRAMEWORKS = ("sqlmodel", "sqlalchemy", "fastapi", "starlette", "uvicorn", "babel", "jinja2")
CHAIN = """import sys; sys.argv = ["fyr", "judge", sys.argv[1], "--host", "a.example", "--json"]
from app.cli import main
try: main()
finally: print(*sorted({name.partition('.')[0] for name in sys.modules}))
"""


@pytest.mark.parametrize(
    ("command", "without"),
    [("serve", HEAVY), ("migrate", ("fastapi",)), ("probe", FRAMEWORKS)],
)
def test_a_command_loads_its_own_module_only(command: str, without: tuple[str, ...]) -> None:
    source = (
        "import sys; sys.argv = ['fyr', sys.argv[1], '--help']\n"
        "from app.cli import main\n"
        "try: main()\n"
        "finally: print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    output = subprocess.check_output([sys.executable, "-c", source, command], text=True)
    assert f"fyr {command}" in output
    assert set(output.splitlines()[-1].split()) & set(without) == set()


def test_a_chain_is_judged_without_frameworks_and_settings(tmp_path: Path) -> None:
    file = tmp_path / "chain.pem"
    file.write_bytes(pem(leaf("Inter")) + pem(make("Inter", "Root")))
    result = subprocess.run(
        [sys.executable, "-c", CHAIN, str(file)], stdout=subprocess.PIPE, text=True, check=False
    )
    assert result.returncode == 2
    assert '"host": "a.example"' in result.stdout
    loaded = set(result.stdout.splitlines()[-1].split())
    assert loaded & {*FRAMEWORKS, "pydantic_settings", "asyncio", "httpx"} == set()
    assert "cryptography" in loaded


def test_the_help_loads_no_command() -> None:
    source = (
        "import sys; sys.argv = ['fyr', '--help']\n"
        "from app.cli import main\n"
        "try: main()\n"
        "finally: print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    output = subprocess.check_output([sys.executable, "-c", source], text=True)
    assert "Bring the database's schema up to date." in output
    assert set(output.splitlines()[-1].split()) & {*HEAVY, "httpx", "pydantic"} == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_short_help_of_a_command_is_its_own(name: str) -> None:
    command = load(COMMANDS[name].reference)
    own = command.info.help if isinstance(command, typer.Typer) else inspect.getdoc(command)
    assert own is not None
    assert COMMANDS[name].help == " ".join(own.split("\n\n")[0].split())


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("fyr us", ["user"]),
        ("fyr user dis", ["disable"]),
        ("fyr serve --work", ["--workers"]),
        ("fyr user add --role ad", ["admin"]),
        ("fyr we", []),
    ],
)
def test_a_shell_completes_commands_options_and_values(
    line: str,
    completed: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("_FYR_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split()) - 1))
    done = program(monkeypatch, capsys)()
    assert (done.out.split(), done.err) == (completed, "")


def test_the_application_comes_without_what_few_processes_need() -> None:
    source = (
        "import gc, sys; gc.disable(); import app.main\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, *sys.modules)"
    )
    output = subprocess.check_output([sys.executable, "-c", source], text=True)
    assert set(output.split()) & {*SELDOM, *FOR_STAFF, *OF_POSTGRESQL} == set()
    assert "fastapi" in output


def test_a_snapshot_is_served_before_the_database_layer_is_imported(
    sqlite_url: str, tmp_path: Path
) -> None:
    with closing(Database(make_engine(sqlite_url))) as database:
        save(tmp_path / "snapshot", render_first_pages(database, BASE_URL))
    source = (
        "import sys\n"
        "import app.cli.data_owner, app.cli.processes.web\n"
        "from app.cli.processes.interim_pages import InterimPages\n"
        "from app.ports.clock import system_clock\n"
        "from app.settings import load_settings\n"
        "from app.web.page_cache.state import CacheState\n"
        "from app.web.page_cache.store import PageStore\n"
        "url, folder, base_url = sys.argv[1:]\n"
        "given = {'database_url': url, 'data_dir': folder, 'base_url': base_url}\n"
        "settings = load_settings(_env_file=None, **given)\n"
        "pages = InterimPages(settings, CacheState(PageStore(2**20, system_clock)))\n"
        "pages.load()\n"
        "print(pages.serve_snapshot())\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    command = [sys.executable, "-c", source, sqlite_url, str(tmp_path), BASE_URL]
    served, loaded = subprocess.check_output(command, text=True).splitlines()
    assert served == "True"
    assert set(loaded.split()) & {"sqlalchemy", "sqlmodel", "alembic", "jinja2", "fastapi"} == set()


def test_the_first_page_without_a_snapshot_is_rendered_before_the_framework_is_imported(
    sqlite_url: str,
) -> None:
    source = (
        "import sys\n"
        "import app.cli.processes.web, app.cli.database\n"
        "from app.db.engine import make_engine\n"
        "from app.usecases.database import Database\n"
        "from app.web.page_cache.first_page import render_first_pages\n"
        "print(render_first_pages(Database(make_engine(sys.argv[1])), 'https://a.example').facts)\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    output = subprocess.check_output([sys.executable, "-c", source, sqlite_url], text=True)
    loaded = set(output.splitlines()[-1].split())
    assert loaded & {"fastapi", "cryptography", "alembic"} == set()
    assert "jinja2" in loaded
