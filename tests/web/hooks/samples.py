"""Sources and their events over HTTP, as the recorded senders make them."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

from app.monitors import ADAPTERS
from app.usecases.sources import events as source_events
from app.usecases.sources import sources
from app.usecases.sources.events import StaffEvent
from app.usecases.sources.records import NewSource
from tests.cast import ADA, Installation
from tests.factories import make_service

__all__ = ["SIGNED_AT", "Caller", "hex_hmac", "listen"]

# What the recorded signatures are dated.
SIGNED_AT = datetime.fromtimestamp(1795430400, UTC)


class Caller:
    """A source of an installation and what it has sent."""

    def __init__(
        self, installation: Installation, source_id: str, token: str, secret: str | None
    ) -> None:
        self.installation = installation
        self.id = source_id
        self.token = token
        self.secret = secret

    @property
    def url(self) -> str:
        return f"/hooks/{self.token}"

    def post(
        self, body: bytes | str, headers: Mapping[str, str] | None = None, *, rest: str = ""
    ) -> int:
        """The status with which an event is answered."""
        content = body.encode() if isinstance(body, str) else body
        answer = self.installation.vera.ask(
            "POST", self.url + rest, headers=headers, content=content
        )
        return answer.status_code

    def events(self) -> list[StaffEvent]:
        """What is stored of it, oldest first."""
        with self.installation.reading(ADA) as ctx:
            found = source_events.list_events(ctx, self.id, cursor=None, limit=100).items
        return list(reversed(found))


def listen(installation: Installation, kind: str = "generic", **more: object) -> Caller:
    """Let a monitor of this kind call the installation about its service `payments`."""
    with installation.writing(ADA) as ctx:
        if not sources.list_sources(ctx, cursor=None, limit=1).items:
            make_service(ctx)
        new = NewSource(kind, kind.title(), **more)  # type: ignore[arg-type]
        made = sources.add_source(ctx, installation.app.state.fyr.secret_box, new, ADAPTERS)
    return Caller(installation, made.source.id, made.token or "", made.secret)


def hex_hmac(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
