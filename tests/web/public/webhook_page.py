"""Visitors with a webhook in tests: their page, and the program that they have."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlmodel import select

from app.channels import CHANNELS
from app.db.tables import ChannelRow, SubscriberRow, SubscriptionRequestRow
from app.ports.channel import WEBHOOK, HttpReply, Outbound, SendError
from app.usecases.context import Ctx
from app.usecases.outbox.recipients import RecipientMaker
from app.usecases.subscribers.requests.request_handling import handle_next_request
from app.usecases.subscribers.requests.webhook_requests import WebhookTools
from app.worker.fan_out import FanOut
from app.worker.sending.deliver import Deliverer
from app.worker.sending.messages import MessageSource, render
from tests.cast import BASE_URL, Installation
from tests.subscribing import Subscribing
from tests.web.public.submitting import fields, installation_of, read

__all__ = ["URL", "Page", "Program", "publish", "secret_in"]

URL = "https://hooks.example.net/in?token=do-not-show-me"


@dataclass
class Program:
    """A receiving program: what it gets, and how it answers."""

    answers_challenge: bool = True
    error: SendError | None = None
    status: int = 200
    got: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)

    @asynccontextmanager
    async def mail(self) -> Any:  # noqa: ANN401  # of the protocol
        yield self

    async def send(self, mail: Any) -> str:  # noqa: ANN401
        self.got.append((mail.recipient, {}, mail.content))
        return "250 ok"

    async def post(
        self,
        url: str,
        *,
        content: bytes,
        headers: Mapping[str, str],
        timeout_seconds: float = 20.0,
    ) -> HttpReply:
        self.got.append((url, headers, content))
        if self.error is not None:
            raise self.error
        data = json.loads(content)["data"]
        answers = self.answers_challenge and "challenge" in data
        body = {"challenge": data["challenge"]} if answers else {}
        return HttpReply(self.status, {}, json.dumps(body).encode())

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        return ("192.0.2.1",)

    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(content) for url, _, content in self.got if url.startswith("https")]


@dataclass
class Page:
    """A page whose visitors can subscribe with a webhook, and a program that they have."""

    own: Subscribing
    folder: Path
    program: Program = field(default_factory=Program)

    @property
    def installation(self) -> Installation:
        return installation_of(self.own)

    def submit(self, url: str = URL, **more: str) -> httpx.Response:
        form = {**fields(""), "channel": "webhook", "url": url, **more}
        return self.installation.vera.post("/en/subscribe", data=form)

    def handle(self) -> list[str | None]:
        """Handle the requests as the worker does: their outcomes."""
        box = self.installation.app.state.fyr.secret_box
        with self.installation.writing() as ctx:
            while handle_next_request(ctx, self.own.hashes, WebhookTools(CHANNELS[WEBHOOK], box)):
                pass
            return list(ctx.session.exec(select(SubscriptionRequestRow.outcome)).all())

    def work(self) -> None:
        """Handle requests, fan out, and send what is due."""
        self.handle()
        asyncio.run(self._send())

    async def _send(self) -> None:
        state = self.installation.app.state.fyr
        outbound: Outbound = self.program
        deliverer = Deliverer(
            state.database,
            CHANNELS,
            outbound,
            MessageSource(state.database, render, BASE_URL),
            RecipientMaker(state.secret_box, BASE_URL),
            self.folder / "outbox",
            self.own.hashes,
        )
        await FanOut(state.database, CHANNELS, lambda: None).run_due()
        await deliverer.run_due()
        await deliverer.finish()
        await deliverer.close()

    def row(self) -> SubscriberRow | None:
        with self.installation.reading() as ctx:
            row = ctx.session.exec(
                select(SubscriberRow).where(SubscriberRow.channel == WEBHOOK)
            ).first()
            ctx.session.expunge_all()
            return row

    def state(self) -> tuple[str, str | None]:
        row = self.row()
        assert row is not None
        return row.state, row.stop_reason

    def link(self, purpose: str) -> str:
        """A link as the program gets it."""
        document = self.program.documents()[-1]
        links = {**document["links"], "confirm": document["data"].get("confirm_url", "")}
        return str(links[purpose]).removeprefix(BASE_URL)


def publish(ctx: Ctx) -> None:
    ctx.session.add(
        ChannelRow(kind=WEBHOOK, is_enabled=True, is_public=True, options={}, changed_at=ctx.now)
    )
    ctx.touch()


def secret_in(answer: httpx.Response) -> str:
    (shown,) = read(answer).xpath("//code[@class='secret']/text()")
    return str(shown)
