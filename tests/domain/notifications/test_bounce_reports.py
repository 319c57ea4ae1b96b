"""Reports about mails, in the forms that mail systems send them."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.notifications.bounce_addresses import bounce_key, bounce_mac, delivery_in
from app.domain.notifications.bounce_reports import (
    LONGEST_REPORT,
    ReportKind,
    is_address_gone,
    read_report,
)
from tests.domain.notifications.reports import ADDRESS, BASE, arf, exim_dsn, mail, postfix_dsn


def test_a_failure_in_the_form_of_postfix_is_understood() -> None:
    report = read_report(postfix_dsn("failed", "5.1.1"))
    assert (report.kind, report.status) == (ReportKind.FAILED, "5.1.1")
    assert ADDRESS in report.addresses
    assert report.reported_at is not None


def test_a_failure_in_the_form_of_exim_is_understood() -> None:
    report = read_report(exim_dsn())
    assert (report.kind, report.status) == (ReportKind.FAILED, "5.0.0")
    assert ADDRESS in report.addresses


def test_a_delay_is_no_failure() -> None:
    assert read_report(postfix_dsn("delayed", "4.4.1")).kind is ReportKind.DELAYED
    assert read_report(postfix_dsn("relayed", "2.0.0")).kind is ReportKind.OTHER


@pytest.mark.parametrize(
    ("expected", "kind"),
    [
        ("abuse", ReportKind.COMPLAINT),
        ("not-spam", ReportKind.NOT_SPAM),
        ("virus", ReportKind.OTHER),
    ],
)
def test_a_complaint_names_the_mail_that_it_is_about(expected: str, kind: ReportKind) -> None:
    report = read_report(arf(expected))
    assert report.kind is kind
    assert ADDRESS in report.addresses


def test_fields_after_an_empty_line_count_too() -> None:
    head = b"Content-Type: message/feedback-report\n\n"
    report = arf("abuse").replace(head, head + b"\n")
    assert read_report(report).kind is ReportKind.COMPLAINT


def test_a_mail_to_the_address_of_the_list_header_unsubscribes() -> None:
    assert read_report(mail("unsubscribe")).kind is ReportKind.UNSUBSCRIBE
    # An automatic reply that repeats the subject does not.
    automatic = mail("Auto: unsubscribe", "Auto-Submitted: auto-replied")
    assert read_report(automatic).kind is ReportKind.OTHER
    assert read_report(mail("Hello")).kind is ReportKind.OTHER


@pytest.mark.parametrize(
    ("status", "is_gone"),
    [("5.1.1", True), ("5.0.0", True), ("5.1.10", True), ("5.1.8", False), ("5.2.2", False)],
)
def test_a_mailbox_is_gone_by_the_class_of_the_status(status: str, is_gone: bool) -> None:  # noqa: FBT001
    assert is_address_gone(status) is is_gone
    assert not is_address_gone(None)


@settings(max_examples=50)
@given(st.binary(max_size=2000), st.integers(0, 1500))
def test_any_bytes_are_read(noise: bytes, cut: int) -> None:
    for content in (noise, postfix_dsn("failed", "5.1.1")[:cut] + noise, arf("abuse")[:cut]):
        assert read_report(content).kind in ReportKind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 1000,
        b"Content-Type: multipart/report; boundary=\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n\r\n" * 5000,
        b"".join(
            f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n".encode()
            for n in range(2000)
        ),
        b"To: " + b"a@b.c," * 100_000,
        b"Date: Mon, 99 Foo 0000 99:99:99 +9999\r\n\r\n",
        b"x" * (LONGEST_REPORT + 1),
        b"Subject: =?utf-16?b?AAA=?=\r\n\r\n",
    ],
)
def test_hostile_reports_are_read(content: bytes) -> None:
    assert read_report(content).kind is ReportKind.OTHER


@pytest.mark.parametrize(
    ("file", "status"),
    # Recorded from these servers, which ran on loopback and had no such mailbox.
    [("exim-4.96.eml", "5.0.0"), ("postfix-3.7.11.eml", "5.1.1")],
)
def test_real_dsns_are_understood(file: str, status: str) -> None:
    content = (Path(__file__).parent / "dsn" / file).read_bytes()
    report = read_report(content)
    assert (report.kind, report.status) == (ReportKind.FAILED, status)
    assert report.reported_at is not None
    named = [found for each in report.addresses if (found := delivery_in(each, BASE))]
    key = bounce_key(b"s" * 32)  # of the subscriber that the mail was sent to
    assert named
    assert all(bounce_mac(key, delivery) == mac for delivery, mac in named)
