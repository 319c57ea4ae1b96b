"""Steps of tests that submit the forms about subscriptions."""

import httpx
from lxml import html

from app.domain.notifications.subscribers.link_tokens import LinkPurpose
from tests.cast import Installation
from tests.subscribing import VERA, Subscribing

__all__ = ["fields", "installation_of", "links", "read", "submit"]


def installation_of(subscribing: Subscribing) -> Installation:
    assert isinstance(subscribing.backend, Installation)
    return subscribing.backend


def fields(address: str = VERA, **more: str) -> dict[str, str]:
    return {
        "address": address,
        "scope": "page",
        "incidents": "all",
        "maintenances": "planned",
        "minimum": "none",
        **more,
    }


def submit(installation: Installation, path: str = "/en/subscribe", **more: str) -> httpx.Response:
    return installation.vera.post(path, data=fields(**more))


def read(answer: httpx.Response) -> html.HtmlElement:
    return html.document_fromstring(answer.text)


def links(own: Subscribing) -> dict[str, str]:
    return {
        "confirm": f"/en/subscribe/confirm/{own.link(LinkPurpose.CONFIRM)}",
        "manage": f"/en/subscription/{own.link(LinkPurpose.MANAGE)}",
        "data": f"/en/subscription/{own.link(LinkPurpose.MANAGE)}/data.json",
        "unsubscribe": f"/unsubscribe/{own.link(LinkPurpose.UNSUBSCRIBE)}",
    }
