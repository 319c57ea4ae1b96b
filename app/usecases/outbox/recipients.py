"""Recipients: subscribers as the channels know them, with their links and decrypted secrets."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.db.queries.outbox.claims import ClaimableSubscriber
from app.domain.notifications.bounce_addresses import bounce_key
from app.domain.notifications.subscribers.link_tokens import LinkPurpose, token
from app.domain.notifications.subscribers.subscriber_links import subscriber_links
from app.ports.channel import Recipient
from app.usecases.encryption import SecretBox
from app.usecases.subscribers.availability import EMAIL
from app.usecases.subscribers.webhook_secrets import CONTACT

__all__ = ["RecipientMaker"]


@dataclass(frozen=True, slots=True)
class RecipientMaker:
    """Makes recipients. `base_url` is the URL of the page, without a slash at the end."""

    box: SecretBox = field(repr=False)
    base_url: str

    def recipient(
        self,
        row: ClaimableSubscriber,
        language: str,
        external_ids: Sequence[str] = (),
        followed: str = "",
        *,
        channel: str | None = None,
    ) -> Recipient:
        """The recipient of a message in `language`.

        A mail to a subscriber of another `channel` goes to the address that it gave as a contact.
        Raises UnavailableError when its secrets cannot be decrypted.
        """
        secrets = (
            {} if row.secrets is None else json.loads(self.box.decrypt(row.secrets, row.public_id))
        )
        return Recipient(
            subscriber_id=row.public_id,
            address=secrets.get(CONTACT, row.address) if channel == EMAIL else row.address,
            language=language,
            options=row.options,
            secrets=secrets,
            links={} if row.is_room else self._links(row, language),
            followed=followed,
            external_ids=tuple(external_ids),
            bounce_key=bounce_key(row.secret),
            challenge=token(row.public_id, row.secret, LinkPurpose.VERIFY),
        )

    def _links(self, row: ClaimableSubscriber, language: str) -> Mapping[str, str]:
        return subscriber_links(row.public_id, row.secret, language, self.base_url)
