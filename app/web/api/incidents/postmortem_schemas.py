from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, StrictBool

from app.domain.certificates.forecast import Client
from app.domain.certificates.incident_chains import ShownChain
from app.domain.incidents.postmortem_facts import PostmortemFacts
from app.rendering.postmortem_draft import draft
from app.usecases.incidents.records import StaffIncident
from app.web.api.fields import BodyText, RequestSchema, ResponseSchema, Texts
from app.web.api.notified_schemas import Notified
from app.web.api.request import ApiRequest
from app.web.api.targets.chain_schemas import ServedCertificate

__all__ = ["NewPostmortem", "Postmortem", "PostmortemDraft"]


class NewPostmortem(RequestSchema):
    """A postmortem. Only staff see it until it is published.

    `notify` is whether its publication notifies subscribers.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"body": "## Cause\n\nA root expired.", "publish": True}]}
    )

    body: BodyText
    publish: StrictBool
    notify: StrictBool = True


class Postmortem(ResponseSchema):
    """`published_at` is null while only staff see it."""

    body: Texts
    published_at: datetime | None
    edited_at: datetime | None
    notify: bool
    notified: Notified | None

    @classmethod
    def of(cls, staff: StaffIncident, request: ApiRequest) -> "Postmortem | None":
        written = staff.incident.postmortem
        if written is None:
            return None
        return cls(
            body=request.texts_by_language(written.body),
            published_at=written.published_at if staff.postmortem_published else None,
            edited_at=written.edited_at,
            notify=written.notify,
            notified=Notified.of(written.notified),
        )


class PostmortemClient(ResponseSchema):
    """The effect on a kind of client: `reason` is `ok` for a client that went on working."""

    profile: str
    label: Texts
    share: str | None
    tier: Literal["current", "legacy"]
    reason: str

    @classmethod
    def of(cls, client: Client) -> "PostmortemClient":
        return cls(
            profile=client.id,
            label=dict(client.label),
            share=client.share,
            tier=client.tier.value,
            reason=client.reason.value,
        )


class PostmortemChain(ResponseSchema):
    """A certificate chain of the incident: as it failed, or as it was repaired."""

    phase: Literal["failing", "mended"]
    host: str
    since: datetime
    certificates: list[ServedCertificate]
    blamed_certificate: ServedCertificate | None
    changes: list[str]

    @classmethod
    def of(cls, chain: ShownChain) -> "PostmortemChain":
        blamed = chain.blamed_certificate
        return cls.model_validate(
            {
                "phase": chain.phase,
                "host": chain.host,
                "since": chain.since,
                "certificates": [ServedCertificate.of(each) for each in chain.certificates],
                "blamed_certificate": None if blamed is None else ServedCertificate.of(blamed),
                "changes": [change.code for change in chain.changes],
            }
        )


class PostmortemDraft(ResponseSchema):
    """The facts of an incident. `first_seen_at` is null when automation did not observe it; `body`
    is a first draft of the text.
    """

    first_seen_at: datetime | None
    published_at: datetime | None
    started_at: datetime
    recovered_at: datetime | None
    resolved_at: datetime | None
    hosts: list[str]
    services: list[str]
    clients: list[PostmortemClient]
    chains: list[PostmortemChain]
    body: Texts

    @classmethod
    def of(cls, facts: PostmortemFacts, request: ApiRequest) -> "PostmortemDraft":
        return cls(
            first_seen_at=facts.first_seen_at,
            published_at=facts.published_at,
            started_at=facts.incident.started_at,
            recovered_at=facts.recovered_at,
            resolved_at=facts.incident.resolved_at,
            hosts=list(facts.hosts),
            services=[service.slug for service in facts.incident.services],
            clients=[PostmortemClient.of(client) for client in facts.clients],
            chains=[PostmortemChain.of(chain) for chain in facts.chains],
            body={locale.language: draft(facts, locale) for locale in request.locales()},
        )
