from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.domain.certificates.findings import CertificateFacts, Finding
from app.i18n.localization import Locale
from app.rendering.forecast_sentences import change_text
from app.usecases.chains import served as sightings
from app.web.api.fields import ResponseSchema, Texts

__all__ = ["ChainChanges", "ServedCertificate", "ServedChain"]


class ServedCertificate(ResponseSchema):
    """One certificate; one that cannot be read has neither names nor dates."""

    fingerprint: str
    name: str
    subject: str
    issuer: str
    serial: str
    not_before: datetime | None
    not_after: datetime | None
    malformed: bool

    @classmethod
    def of(cls, facts: CertificateFacts) -> "ServedCertificate":
        return cls.model_validate(facts, from_attributes=True)


class ChainChange(ResponseSchema):
    """One difference between two chains."""

    code: str
    text: Texts

    @classmethod
    def of(cls, change: Finding, locales: Sequence[Locale]) -> "ChainChange":
        text = {locale.language: change_text(change, locale) for locale in locales}
        return cls(code=change.code, text=text)


class ServedChain(ResponseSchema):
    """A chain that an address of the target serves or served."""

    fingerprint: Annotated[str, Field(description="SHA-256 of the whole chain, to compare chains.")]
    address: str
    first_seen_at: datetime
    last_seen_at: datetime
    certificates: list[ServedCertificate]
    changes: Annotated[
        list[ChainChange],
        Field(description="Changes at this address when the chain was first seen."),
    ]

    @classmethod
    def of(cls, served: sightings.ServedChain, locales: Sequence[Locale]) -> "ServedChain":
        return cls(
            fingerprint=served.fingerprint,
            address=served.address,
            first_seen_at=served.first_seen_at,
            last_seen_at=served.last_seen_at,
            certificates=[ServedCertificate.of(each) for each in served.certificates],
            changes=[ChainChange.of(change, locales) for change in served.changes],
        )


class ChainChanges(ResponseSchema):
    """The differences between two chains, those of the server's own certificate first."""

    before: str
    after: str
    changes: list[ChainChange]

    @classmethod
    def of(cls, diff: sightings.ChainDiff, locales: Sequence[Locale]) -> "ChainChanges":
        changes = [ChainChange.of(change, locales) for change in diff.changes]
        return cls(before=diff.before, after=diff.after, changes=changes)
