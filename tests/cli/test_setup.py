"""What staff set up from a shell: users, tokens, services, targets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db.engine import make_engine
from app.domain.audit import AuditFilter
from app.domain.errors import UnauthenticatedError
from app.domain.permissions import Role
from app.usecases import audit
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.services import services
from app.usecases.targets import targets
from app.usecases.users import administration, api_tokens
from tests.cli.program import Fyr


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = Database(make_engine(sqlite_url))
    yield opened
    opened.close()


def refused(fyr: Fyr, *arguments: str, code: int = 1, stdin: str = "") -> str:
    """The one line on stderr of a command that is refused with `code`."""
    done = fyr(*arguments, stdin=stdin)
    assert (done.code, done.out) == (code, "")
    line, end = done.err.split("\n", 1)
    assert end == ""
    assert line.startswith("fyr: ")
    return line


def test_a_user_is_added(fyr: Fyr, database: Database) -> None:
    done = fyr("user", "add", "Ada@Example.com", "--role", "admin")
    assert (done.code, done.err) == (0, "")
    with database.reading(SHELL) as ctx:
        (ada,) = administration.list_user_details(ctx)
        (entry,) = audit.list_entries(ctx, AuditFilter(), cursor=None, limit=10).items
    assert (ada.email, ada.role) == ("ada@example.com", Role.ADMIN)
    assert (entry.actor_kind, entry.action) == ("shell", "user.invite")


def test_a_password_is_read_from_standard_input_and_never_printed(fyr: Fyr) -> None:
    password = "correct horse battery"
    done = fyr("user", "add", "ada@example.com", "--password-stdin", stdin=f"{password}\n")
    assert done.code == 0
    assert password not in done.out + done.err


def test_a_short_password_is_refused(fyr: Fyr) -> None:
    line = refused(fyr, "user", "add", "a@b.c", "--password-stdin", stdin="short\n")
    assert "12" in line
    assert "short" not in line


def test_an_address_that_is_taken_is_refused(fyr: Fyr) -> None:
    fyr("user", "add", "ada@example.com")
    assert "already" in refused(fyr, "user", "add", "ada@example.com")


@pytest.mark.parametrize(
    "arguments",
    [
        ("user", "add", "ada"),
        ("token", "add", ""),
        ("service", "add", "Not A Slug", "--name", "Web"),
        ("service", "add", "web", "--name", ""),
        ("service", "add", "web", "--name", "Web", "--name:wrong", "Webb"),
        ("target", "add", "pay.example", "--service", "gone"),
    ],
)
def test_what_breaks_a_rule_is_1(fyr: Fyr, arguments: tuple[str, ...]) -> None:
    refused(fyr, *arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ("user", "add"),
        ("user", "add", "a@b.c", "--role", "king"),
        ("user", "remove", "a@b.c"),
        ("token", "add", "ci", "--rolle", "viewer"),
        ("service", "add", "web"),
        ("service", "add", "web", "--name", "Web", "--nmae", "x"),
        ("service", "add", "web", "--name", "Web", "--name:sv"),
        ("service", "add", "web", "--name", "Web", "--name:!", "Webb"),
        ("target", "add", "pay.example"),
        ("target", "add", "https://pay.example", "--service", "web"),
        ("target", "add", "pay.example:70000", "--service", "web"),
        ("target", "add", "pay.example", "--service", "web", "--starttls", "gopher"),
        ("target", "add", "pay.example", "--service", "web", "--interval", "often"),
        ("nonsense",),
        ("--nonsense",),
    ],
)
def test_wrong_use_is_64(fyr: Fyr, arguments: tuple[str, ...]) -> None:
    refused(fyr, *arguments, code=64)


@pytest.mark.parametrize("arguments", [(), ("user",)])
def test_a_command_that_is_not_finished_shows_the_help(
    fyr: Fyr, arguments: tuple[str, ...]
) -> None:
    done = fyr(*arguments)
    assert (done.code, done.err) == (64, "")
    assert "Usage" in done.out


def test_a_token_is_shown_once_and_stored_nowhere(
    fyr: Fyr, database: Database, tmp_path: Path
) -> None:
    done = fyr("token", "add", "deploy", "--role", "editor")
    secret = done.out.strip()
    assert (done.code, done.err) == (0, "")
    assert done.out.count(secret) == 1
    with database.reading(SHELL) as ctx:
        assert api_tokens.actor_of(ctx, secret).role is Role.EDITOR
    stored = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert secret.encode() not in stored


def test_a_service_is_added_with_its_name_in_several_languages(
    fyr: Fyr, database: Database
) -> None:
    done = fyr(
        *("service", "add", "--name:sv", "Kortbetalningar", "payments"),
        *("--name", "Card payments", "--name:ar=الدفع", "--group", "On site"),
    )
    assert (done.code, done.out) == (0, "payments is on the page now.\n")
    with database.reading(SHELL) as ctx:
        (added,) = services.list_services(ctx)
    assert dict(added.name) == {"en": "Card payments", "sv": "Kortbetalningar", "ar": "الدفع"}
    assert added.group == "on-site"


def columns(out: str) -> list[list[str]]:
    return [line.split("\t") for line in out.splitlines()]


def test_tokens_are_listed_and_revoked(fyr: Fyr, database: Database) -> None:
    secret = fyr("token", "add", "deploy", "--role", "editor").out.strip()
    ((id_, role, state, *_, name),) = columns(fyr("token", "list").out)
    assert (role, state, name) == ("editor", "valid", "deploy")
    assert fyr("token", "revoke", id_).out == f"{id_} is revoked now.\n"
    assert columns(fyr("token", "list").out)[0][2] == "revoked"
    with database.reading(SHELL) as ctx, pytest.raises(UnauthenticatedError):
        api_tokens.actor_of(ctx, secret)


def test_a_list_of_tokens_contains_no_secret(fyr: Fyr) -> None:
    secret = fyr("token", "add", "deploy").out.strip()
    assert secret not in fyr("token", "list").out


def test_services_are_listed_removed_and_restored(fyr: Fyr) -> None:
    fyr("service", "add", "web", "--name", "Web", "--group", "On site")
    fyr("service", "add", "api", "--name", "API", "--name:sv", "Gränssnitt")
    listed = [["web", "shown", "on-site", "Web"], ["api", "shown", "-", "API"]]
    assert columns(fyr("service", "list").out) == listed
    assert fyr("service", "remove", "web").out == "web is removed from the page.\n"
    assert [each[:2] for each in columns(fyr("service", "list").out)] == [
        ["api", "shown"],
        ["web", "removed"],
    ]
    assert fyr("service", "restore", "web").code == 0
    assert {each[1] for each in columns(fyr("service", "list").out)} == {"shown"}


def test_targets_are_listed_and_removed(fyr: Fyr) -> None:
    fyr("service", "add", "web", "--name", "Web")
    fyr("target", "add", "pay.example", "--service", "web")
    ((id_, *rest),) = columns(fyr("target", "list").out)
    assert rest == ["unknown", "-", "web", "pay.example:443"]
    assert fyr("target", "remove", id_).code == 0
    assert fyr("target", "list").out == ""


def test_sources_are_listed_and_removed(fyr: Fyr) -> None:
    url = fyr("source", "add", "alertmanager", "Prometheus north").out.strip()
    listed = fyr("source", "list").out
    ((id_, *rest),) = columns(listed)
    assert rest == ["enabled", "alertmanager", "-", "Prometheus north"]
    assert url.rpartition("/")[2] not in listed
    assert fyr("source", "remove", id_).code == 0
    assert fyr("source", "list").out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("token", "revoke", "gone"),
        ("service", "remove", "gone"),
        ("service", "restore", "gone"),
        ("target", "remove", "gone"),
        ("source", "remove", "gone"),
    ],
)
def test_what_does_not_exist_is_refused(fyr: Fyr, arguments: tuple[str, ...]) -> None:
    assert "There is no" in refused(fyr, *arguments)


def test_a_service_that_is_there_is_refused(fyr: Fyr) -> None:
    fyr("service", "add", "web", "--name", "Web")
    assert "taken" in refused(fyr, "service", "add", "web", "--name", "Web")


def test_a_target_is_added(fyr: Fyr, database: Database) -> None:
    for slug in ("web", "api"):
        fyr("service", "add", slug, "--name", slug.title())
    done = fyr(
        *("target", "add", "Pay.Example:8443", "--service", "web", "--service", "api"),
        *("--publish", "auto_after:15", "--profile", "current", "--interval", "30"),
    )
    assert (done.code, done.out) == (0, "pay.example:8443 is probed from now on.\n")
    with database.reading(SHELL) as ctx:
        (added,) = targets.list_targets(ctx, cursor=None, limit=10).items
    assert (added.host, added.port, added.services) == ("pay.example", 8443, ("web", "api"))
    assert (added.publish, added.interval_seconds) == ("auto_after:15", 30)
    assert added.profiles == ("current",)


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("pay.example", "pay.example", 443),
        ("[2001:db8::1]:8443", "2001:db8::1", 8443),
        ("2001:DB8::1", "2001:db8::1", 443),
        ("straße.example", "xn--strae-oqa.example", 443),
        ("pay.example.", "pay.example", 443),
    ],
)
def test_an_address_is_read_as_the_probe_reads_it(
    fyr: Fyr, database: Database, address: str, host: str, port: int
) -> None:
    fyr("service", "add", "web", "--name", "Web")
    assert fyr("target", "add", address, "--service", "web").code == 0
    with database.reading(SHELL) as ctx:
        (added,) = targets.list_targets(ctx, cursor=None, limit=10).items
    assert (added.host, added.port) == (host, port)


def test_a_starttls_protocol_brings_its_usual_port(fyr: Fyr) -> None:
    fyr("service", "add", "mail", "--name", "Mail")
    done = fyr("target", "add", "mail.example", "--service", "mail", "--starttls", "smtp")
    assert done.out == "mail.example:25 is probed from now on.\n"


@pytest.mark.parametrize(
    "option", [("--publish", "soon"), ("--profile", "gone"), ("--interval", "0")]
)
def test_a_target_with_what_there_is_not_is_refused(fyr: Fyr, option: tuple[str, str]) -> None:
    fyr("service", "add", "web", "--name", "Web")
    refused(fyr, "target", "add", "pay.example", "--service", "web", *option)


def test_a_target_that_is_watched_is_refused(fyr: Fyr) -> None:
    fyr("service", "add", "web", "--name", "Web")
    fyr("target", "add", "pay.example", "--service", "web")
    line = refused(fyr, "target", "add", "PAY.example:443", "--service", "web")
    assert "already" in line
