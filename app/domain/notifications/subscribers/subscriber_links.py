"""Links of a subscriber, as they are in its mails."""

from collections.abc import Mapping

from app.domain.notifications.subscribers.link_tokens import LinkPurpose, token

__all__ = ["subscriber_links"]


def subscriber_links(
    public_id: str, secret: bytes, language: str, base_url: str
) -> Mapping[str, str]:
    """The URLs of a subscriber by purpose: `confirm`, `manage` and `unsubscribe`.

    `base_url` has no trailing slash; `language` is that of the pages.
    """
    confirm, manage, unsubscribe = (
        token(public_id, secret, purpose)
        for purpose in (LinkPurpose.CONFIRM, LinkPurpose.MANAGE, LinkPurpose.UNSUBSCRIBE)
    )
    return {
        "confirm": f"{base_url}/{language}/subscribe/confirm/{confirm}",
        "manage": f"{base_url}/{language}/subscription/{manage}",
        "unsubscribe": f"{base_url}/unsubscribe/{unsubscribe}",
    }
