"""Page of the mails that the demo sends: a server on loopback that shows a Maildir."""

import base64
import html
import re
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

__all__ = ["MailSink"]

_LOOPBACK = "127.0.0.1"
_MOST_SHOWN = 50
_NAME = re.compile(r"/([A-Za-z0-9._=,:-]{1,200})\.html")
_URL = re.compile(r"https?://[^\s<>\"]+")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups"
_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    "article{border-top:1px solid #888;padding:1rem 0}pre{white-space:pre-wrap;font:inherit}"
    ":root{color-scheme:light dark}"
)


class MailSink:
    """Shows the mails of `folder`, newest first, inside its `with` block, at `url`."""

    def __init__(self, folder: Path) -> None:
        class Handler(_Handler):
            mails = folder / "new"

        self._server = ThreadingHTTPServer((_LOOPBACK, 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="demo-mails", daemon=True
        )

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://{_LOOPBACK}:{self._server.server_port}/"

    def __enter__(self) -> "MailSink":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    mails: Path

    def do_GET(self) -> None:  # the name that http.server calls
        # A page of another site could reach this address by a name that resolves to it.
        if self.headers.get("Host", "").partition(":")[0] not in {_LOOPBACK, "localhost"}:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        if self.path == "/":
            self._answer(self._list())
            return
        name = _NAME.fullmatch(self.path)
        file = self.mails / name[1] if name else None
        if file is None or not file.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self._answer(_page(_read(file)))

    def _list(self) -> str:
        files = sorted(self.mails.glob("*"), key=lambda each: each.stat().st_mtime, reverse=True)
        shown = "".join(_article(each.name, _read(each)) for each in files[:_MOST_SHOWN])
        return (
            "<!doctype html><html lang=en><meta charset=utf-8><title>Mails of the demo</title>"
            f"<meta http-equiv=refresh content=5><style>{_STYLE}</style><h1>Mails of the demo</h1>"
            f"<p>Nothing leaves this machine. The newest mail is first.</p>{shown}"
        )

    def _answer(self, page: str) -> None:
        body = page.encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:  # the terminal belongs to the demo
        return


def _read(file: Path) -> EmailMessage:
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101  # what this policy makes
    return message


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    content = "" if part is None else part.get_content()
    return content if isinstance(content, str) else ""


def _page(message: EmailMessage) -> str:
    """The HTML of the mail with the pictures that it contains."""
    found = _body(message, "html")
    for part in message.walk():
        content_id = str(part.get("Content-ID", "")).strip("<>")
        if content_id and part.get_content_type() == "image/png":
            encoded = base64.b64encode(part.get_content()).decode()
            found = found.replace(f"cid:{content_id}", f"data:image/png;base64,{encoded}")
    return found


def _article(name: str, message: EmailMessage) -> str:
    subject, to = (html.escape(str(message.get(each, ""))) for each in ("subject", "to"))
    text = html.escape(_body(message, "plain"))
    linked = _URL.sub(lambda found: f'<a href="{found[0]}" target="_blank">{found[0]}</a>', text)
    return (
        f"<article><h2 dir=auto>{subject}</h2><p>To {to} · "
        f'<a href="/{html.escape(name)}.html" target="_blank">HTML</a></p>'
        f"<pre dir=auto>{linked}</pre></article>"
    )
