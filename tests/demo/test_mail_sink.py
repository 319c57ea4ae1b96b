"""The page of the demo's mails."""

import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path

import pytest

from app.demo.mail_sink import MailSink
from app.demo.subscribers import add_demo_subscribers
from app.net.mail.mime import MailParts, MailTemplate
from app.ports.channel import InlinePicture
from app.usecases.subscribers.administration import SubscriberFilter, list_subscribers
from tests.cast import open_backend
from tests.subscribing import HASHES

MAIL = (
    "From: status@netpark.example\r\nTo: vera@netpark.example\r\nSubject: Confirm <b>\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\n"
    "Follow http://127.0.0.1:8000/en/subscribe/confirm/x <script>alert(1)</script>\r\n"
)


def get(url: str, host: str | None = None) -> str:
    request = urllib.request.Request(url, headers={} if host is None else {"Host": host})
    with urllib.request.urlopen(request) as answer:
        content: str = answer.read().decode()
        return content


def test_mails_are_shown_with_their_links_and_nothing_in_them_runs(tmp_path: Path) -> None:
    new = tmp_path / "new"
    with MailSink(tmp_path) as sink:
        assert "<article>" not in get(sink.url)  # the folder is made by the first mail
        new.mkdir()
        (new / "1.host").write_text(MAIL)
        page = get(sink.url)
        assert "Confirm &lt;b&gt;" in page
        assert 'href="http://127.0.0.1:8000/en/subscribe/confirm/x"' in page
        assert "<script>" not in page
        assert get(f"{sink.url}1.host.html") == ""
        for path in ("..%2Fx.html", "../../etc/passwd.html", "2.host.html", "x"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                get(f"{sink.url}{path}")
        with pytest.raises(urllib.error.HTTPError, match="421"):
            get(sink.url, "evil.example.net")
        assert sink.url.startswith("http://127.0.0.1:")
    # Another program may have got the port by now.
    assert not shows_the_mail(sink.url)


def test_the_pictures_of_a_mail_are_shown(tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    picture = InlinePicture("logo.1@fyr", b"png")
    parts = MailParts("text", '<img src="cid:logo.1@fyr">', "en", pictures=(picture,))
    template = MailTemplate(parts)
    (new / "1.host").write_bytes(template.headers + b"\r\n" + template.body({}))
    with MailSink(tmp_path) as sink:
        assert get(f"{sink.url}1.host.html").strip() == '<img src="data:image/png;base64,cG5n">'


def shows_the_mail(url: str) -> bool:
    try:
        return "Confirm &lt;b&gt;" in get(url)
    except (OSError, HTTPException):
        return False


def test_the_demo_has_three_subscribers_in_three_languages(sqlite_url: str) -> None:
    with open_backend(sqlite_url) as backend:
        for _ in range(2):
            with backend.writing() as ctx:
                add_demo_subscribers(ctx, HASHES)
        with backend.reading() as ctx:
            found = list_subscribers(ctx, SubscriberFilter(), cursor=None, limit=10).items
    assert {(each.choices.language, each.state) for each in found} == {
        ("en", "active"),
        ("sv", "active"),
        ("ar", "active"),
    }
