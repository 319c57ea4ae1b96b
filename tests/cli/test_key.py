"""`fyr key`: replacing the key, also after an interruption, makes nothing unreadable."""

from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from sqlmodel import select

from app.cli.processes.stored_codes import key_stored_codes
from app.db.engine import make_engine
from app.db.tables import (
    ChannelRow,
    IdempotencyRow,
    InstallationSecretRow,
    RecoveryCodeRow,
    SourceRow,
    SubscriberRow,
    SubscriptionRequestRow,
    UserRow,
)
from app.domain.notifications.subscribers.choices import Choices
from app.domain.permissions import Role
from app.monitors import ADAPTERS
from app.secret_keys import former_secret_keys, replace_key, secret_key
from app.settings import Settings, load_settings
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.encryption import BrowserBox, SecretBox
from app.usecases.idempotency import StoredResponse, once
from app.usecases.imports.runs.run_files import ImportFiles
from app.usecases.key_rotation import Boxes, renew_batch
from app.usecases.secret_tokens import digest
from app.usecases.sources import sources
from app.usecases.sources.records import NewSource
from app.usecases.subscribers.choices import apply_choices
from app.usecases.subscribers.requests.new_subscribers import new_subscriber
from app.usecases.users import administration
from app.usecases.users.second_factor import second_factor
from app.usecases.users.users import add_user
from tests.cli.program import Fyr


@pytest.fixture
def database(database_url: str, fyr: Fyr, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    assert fyr is not None
    monkeypatch.setenv("FYR_DATABASE_URL", database_url)
    opened = Database(make_engine(database_url))
    yield opened
    opened.close()


def boxes() -> tuple[SecretBox, BrowserBox]:
    """The boxes of the present key alone, as after `fyr key forget`."""
    key = secret_key(load_settings())
    return SecretBox(lambda: key), BrowserBox.for_purpose(key, "console")


def fill(database: Database) -> tuple[str, ...]:
    """A secret of each kind; the recovery codes of the user."""
    secret_box, browser_box = boxes()
    with database.writing(SHELL) as ctx:
        sources.add_source(ctx, secret_box, NewSource("generic", "Mona", auth="bearer"), ADAPTERS)
        once(ctx, secret_box, "key", b"", lambda: StoredResponse(201, b'{"secret": "s"}'))
        ada = add_user(ctx, "ada@example.com", Role.ADMIN)
        second_factor.start(ctx, ada.id, browser_box)
        pending = second_factor.pending_enrolment(ctx, ada.id, browser_box, issuer="Fyr")
        code = pyotp.TOTP(pending.letters).at(int(ctx.now.timestamp()))
        codes = second_factor.confirm(ctx, ada.id, code, browser_box)
        eve = add_user(ctx, "eve@example.com", Role.EDITOR)
        second_factor.start(ctx, eve.id, browser_box)
        room = new_subscriber(ctx, "slack", "hooks.example.net", "room")
        room.secrets = secret_box.encrypt("{}", room.public_id)
        apply_choices(ctx, room, Choices("en"))
        push = ChannelRow(
            kind="web_push", is_enabled=True, is_public=True, options={}, changed_at=ctx.now
        )
        push.secrets = secret_box.encrypt("{}", "channel:web_push")
        ctx.session.add(push)
        waiting = SubscriptionRequestRow(
            channel="webhook", language="en", place="p", requested_at=ctx.now
        )
        waiting.wishes = {"sealed": secret_box.encrypt("{}", "subscription_request")}
        ctx.session.add(waiting)
    return codes


def read_all(database: Database) -> None:
    """Decrypt every stored secret with the present key alone."""
    secret_box, browser_box = boxes()
    with database.reading(SHELL) as ctx:
        for source in ctx.session.exec(select(SourceRow)).all():
            assert [secret_box.decrypt(each, source.public_id) for each in source.secrets] != []
        for stored in ctx.session.exec(select(IdempotencyRow)).all():
            about = f"answer:{stored.actor}:{stored.key}"
            assert secret_box.decrypt(stored.body.decode(), about) == '{"secret": "s"}'
        for room in ctx.session.exec(select(SubscriberRow)).all():
            assert secret_box.decrypt(room.secrets or "", room.public_id) == "{}"
        for push in ctx.session.exec(select(ChannelRow)).all():
            assert secret_box.decrypt(push.secrets or "", f"channel:{push.kind}") == "{}"
        for waiting in ctx.session.exec(select(SubscriptionRequestRow)).all():
            assert waiting.wishes is not None
            assert secret_box.decrypt(waiting.wishes["sealed"], "subscription_request") == "{}"
        encrypted = [
            each
            for user in ctx.session.exec(select(UserRow)).all()
            for each in (user.totp_secret, user.totp_pending)
            if each is not None
        ]
        encrypted += [each.encrypted for each in ctx.session.exec(select(InstallationSecretRow))]
        assert len(encrypted) == 3
        assert None not in [browser_box.decrypt(each) for each in encrypted]


def uses(database: Database, code: str) -> bool:
    with database.writing(SHELL) as ctx:
        ada = administration.find_by_email(ctx, "ada@example.com")
        return second_factor.verify(ctx, ada.id, code, boxes()[1])


def test_everything_is_encrypted_with_the_new_key(fyr: Fyr, database: Database) -> None:
    codes = fill(database)
    former = secret_key(load_settings())
    done = fyr("key", "rotate")
    assert (done.code, done.out) == (0, "8 stored secrets are encrypted with the new key.\n")
    assert secret_key(load_settings()) != former
    assert former_secret_keys(load_settings()) == (former,)
    read_all(database)
    assert uses(database, codes[0])
    assert not uses(database, codes[0])
    assert fyr("key", "forget").code == 0
    assert former_secret_keys(load_settings()) == ()
    read_all(database)


def test_an_interrupted_rotation_continues_with_the_key_that_it_made(
    fyr: Fyr, database: Database
) -> None:
    fill(database)
    # As far as it comes before a power cut: the new key, and the first batch.
    replace_key(load_settings())
    key, former = secret_key(load_settings()), former_secret_keys(load_settings())
    both = Boxes(
        SecretBox(lambda: key, lambda: former), BrowserBox.for_purpose(key, "console", former)
    )
    with database.writing(SHELL) as ctx:
        assert renew_batch(ctx, both).renewed == 1
    made = secret_key(load_settings())
    # Meanwhile everything is readable, with the new key or with the former one.
    settings = load_settings()
    box = SecretBox(lambda: made, lambda: former_secret_keys(settings))
    with database.reading(SHELL) as ctx:
        (stored,) = ctx.session.exec(select(IdempotencyRow)).all()
        assert box.decrypt(stored.body.decode(), f"answer:{stored.actor}:{stored.key}")
    assert "interrupted rotation is complete" in fyr("key", "rotate").out
    assert secret_key(load_settings()) == made
    read_all(database)


def test_the_token_of_an_import_that_waits_is_encrypted_with_the_new_key(fyr: Fyr) -> None:
    files = ImportFiles(load_settings().data_dir)
    files.store_token("run", "token of the source", boxes()[0])
    assert fyr("key", "rotate").code == 0
    assert fyr("key", "forget").code == 0
    assert files.token("run", boxes()[0]) == "token of the source"


def test_a_running_process_uses_the_new_key_and_reads_what_the_former_one_wrote(
    fyr: Fyr, database: Database
) -> None:
    settings = load_settings()
    running = SecretBox(lambda: secret_key(settings), lambda: former_secret_keys(settings))
    before = running.encrypt("s", "about")
    assert fyr("key", "rotate").code == 0
    assert running.decrypt(before, "about") == "s"
    assert boxes()[0].decrypt(running.encrypt("s", "about"), "about") == "s"
    assert database is not None


def test_a_key_of_the_settings_is_replaced_by_the_operator(
    fyr: Fyr, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FYR_SECRET_KEY", "a" * 32)
    fill(database)
    refused = fyr("key", "rotate")
    assert (refused.code, "FYR_FORMER_SECRET_KEYS" in refused.err) == (1, True)
    monkeypatch.setenv("FYR_SECRET_KEY", "b" * 32)
    monkeypatch.setenv("FYR_FORMER_SECRET_KEYS", "c" * 32 + ", " + "a" * 32)
    assert fyr("key", "rotate").code == 0
    monkeypatch.delenv("FYR_FORMER_SECRET_KEYS")
    read_all(database)


def test_what_no_key_decrypts_is_counted_and_left_alone(
    fyr: Fyr, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FYR_SECRET_KEY", "a" * 32)
    fill(database)
    monkeypatch.setenv("FYR_SECRET_KEY", "b" * 32)
    monkeypatch.setenv("FYR_FORMER_SECRET_KEYS", "c" * 32)
    refused = fyr("key", "rotate")
    assert (refused.code, "8 rows or files cannot be decrypted" in refused.err) == (1, True)
    monkeypatch.setenv("FYR_SECRET_KEY", "a" * 32)
    read_all(database)
    assert "a" * 32 not in refused.err + refused.out


def test_the_key_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    settings: Settings = load_settings(_env_file=None, data_dir=tmp_path)
    for _ in range(2):
        replace_key(settings)
    assert len(set(former_secret_keys(settings))) == 2
    files = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()}
    assert files == {"secret.key": 0o600, "former.keys": 0o600}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("secret.key", b"", "secret.key in the data directory has 0 bytes"),
        ("secret.key", b"short", "secret.key in the data directory has 5 bytes"),
        ("former.keys", b"a2V5\n%%%\n", "Line 2 of former.keys in the data directory is no key"),
    ],
)
def test_a_damaged_key_file_is_named_and_nothing_is_encrypted_with_it(
    fyr: Fyr, name: str, content: bytes, told: str
) -> None:
    file = load_settings().data_dir / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    done = fyr("key", "rotate")
    assert done.code != 0
    assert told in done.err
    assert "Traceback" not in done.err
    assert file.read_bytes() == content


def test_recovery_codes_of_earlier_releases_are_keyed_at_the_start_and_stay_valid(
    fyr: Fyr, database: Database
) -> None:
    fill(database)
    with database.writing(SHELL) as ctx:
        row = ctx.session.exec(select(RecoveryCodeRow)).first()
        assert row is not None
        row.code_hash = digest("abcdeabcde")
    key_stored_codes(database, load_settings())
    with database.reading(SHELL) as ctx:
        hashes = [each.code_hash for each in ctx.session.exec(select(RecoveryCodeRow)).all()]
    assert all(each.startswith("hmac:") for each in hashes)
    assert uses(database, "ABCDE-abcde")
    assert fyr is not None


def test_a_shell_lets_in_who_lost_password_and_second_factor(fyr: Fyr, database: Database) -> None:
    fill(database)
    done = fyr("user", "link", "Ada@example.com", "--reset-second-factor")
    assert done.out.startswith("http://127.0.0.1:8000/console/invitation/")
    with database.reading(SHELL) as ctx:
        assert not administration.find_by_email(ctx, "ada@example.com").second_factor
    assert fyr("user", "link", "nobody@example.com").code == 1
