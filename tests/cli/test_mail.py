"""`fyr mail check` and `fyr bounce`."""

from pathlib import Path

import pytest

from tests.cli.program import Fyr
from tests.domain.notifications.reports import postfix_dsn


@pytest.fixture
def mail(tmp_path: Path, sqlite_url: str, fyr: Fyr, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mail folder as relay."""
    folder = tmp_path / "mail"
    monkeypatch.setenv("FYR_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("FYR_SMTP_URL", f"maildir:{folder}")
    monkeypatch.setenv("FYR_MAIL_FROM", "status@example.com")
    return folder


def test_a_test_mail_is_sent_and_the_settings_are_judged(mail: Path, fyr: Fyr) -> None:
    done = fyr("mail", "check", "vera@example.net")
    assert done.code == 0, done.err
    assert "From: status@example.com" in done.out
    assert "One-click unsubscribing: NO." in done.out
    assert "set FYR_BOUNCE_ADDRESS" in done.out
    assert "dkim=pass" in done.out
    (file,) = (mail / "new").iterdir()
    assert "To: vera@example.net" in file.read_text()


def test_what_is_no_address_is_refused(mail: Path, fyr: Fyr) -> None:
    done = fyr("mail", "check", "vera")
    assert (done.code, "Enter a mail address" in done.err) == (1, True)
    assert not mail.exists()


def test_without_settings_it_says_what_to_set(
    sqlite_url: str, fyr: Fyr, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FYR_DATABASE_URL", sqlite_url)
    assert "set FYR_SMTP_URL and FYR_MAIL_FROM" in fyr("mail", "check", "vera@example.net").err
    assert "set FYR_BOUNCE_ADDRESS" in fyr("bounce").err


def test_a_relay_that_does_not_answer_is_named(
    mail: Path, fyr: Fyr, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.write_text("a file")
    done = fyr("mail", "check", "vera@example.net")
    assert done.code == 1
    assert "folder_failed" in done.err


def test_any_report_from_a_pipe_is_answered(
    mail: Path, fyr: Fyr, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FYR_BOUNCE_ADDRESS", "bounces@example.com")
    for report in (postfix_dsn("failed", "5.1.1").decode(), "", "\0" * 100):
        done = fyr("bounce", stdin=report)
        assert (done.code, done.out.strip()) == (0, "unknown"), done.err
