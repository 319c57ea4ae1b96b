"""Phrases: sentences of automation, stored as code and parameters and translated when rendered.

A phrase posted before a language was added is available in that language too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from app.domain.errors import InvalidError
from app.domain.texts.localized_text import LocalizedText

__all__ = ["N_", "PHRASES", "Param", "Phrase", "Phrased", "Text"]

# A tuple is formatted as a list in the target language ("a, b and c").
Param = str | int | datetime | LocalizedText | tuple[str | LocalizedText, ...]


def N_(text: str) -> str:  # noqa: N802  # gettext's own name for "translate this later"
    """Mark `text` for extraction into the catalogues and return it unchanged."""
    return text


# Stored code to English sentence with parameters. Codes are stored: none is renamed or removed.
PHRASES: Mapping[str, str] = MappingProxyType(
    {
        "title.certificate.some": N_("Some older clients cannot connect: %(services)s"),
        "title.certificate.all": N_("Secure connections fail: %(services)s"),
        "title.unreachable": N_("Connections fail: %(services)s"),
        "title.monitor.degraded_performance": N_("Degraded performance: %(services)s"),
        "title.monitor.partial_outage": N_("Partial outage: %(services)s"),
        "title.monitor.major_outage": N_("Major outage: %(services)s"),
        "monitor.reports": N_("Our monitoring reports a problem. We are looking into it."),
        "why.expired": N_(
            "The certificate “%(subject)s”, part of the chain that %(host)s serves, "
            "expired on %(date)s."
        ),
        # Translators: It is also read after that date: not “not yet”.
        "why.not_yet_valid": N_(
            "The certificate “%(subject)s”, part of the chain that %(host)s serves, "
            "is not valid before %(date)s."
        ),
        "why.host_mismatch": N_(
            "The certificate “%(subject)s” that %(host)s serves is for another name."
        ),
        "why.issuer_unknown": N_(
            "The chain that %(host)s serves ends at “%(subject)s”, "
            "which does not lead to a root that these clients trust."
        ),
        "why.missing_intermediate": N_(
            "%(host)s leaves out the certificate that connects “%(subject)s” to a trusted root."
        ),
        "why.self_signed": N_("%(host)s serves “%(subject)s”, a self-signed certificate."),
        "why.bad_signature": N_(
            "The signature on the certificate “%(subject)s” that %(host)s serves is wrong."
        ),
        "why.signature_unverifiable": N_(
            "The signature on the certificate “%(subject)s” that %(host)s serves cannot be checked "
            "here, for example because its algorithm is not supported."
        ),
        "why.malformed": N_("%(host)s serves a certificate that cannot be read."),
        "why.no_certificate": N_("%(host)s serves no certificate."),
        "why.not_an_authority": N_(
            "%(host)s serves a certificate issued by “%(subject)s”, "
            "which is not allowed to issue any."
        ),
        "why.path_too_long": N_(
            "The chain that %(host)s serves is longer than its authority “%(subject)s” allows."
        ),
        "why.name_not_permitted": N_(
            "The authority “%(subject)s” in the chain that %(host)s serves is not permitted to "
            "issue for this name."
        ),
        "why.wrong_purpose": N_(
            "The certificate “%(subject)s”, part of the chain that %(host)s serves, "
            "is not meant for servers."
        ),
        "why.unknown_extension": N_(
            "The certificate “%(subject)s”, part of the chain that %(host)s serves, "
            "has a critical extension that these clients do not know."
        ),
        # Translators: To enforce a rule is to refuse what breaks it, not to demand it.
        "why.not_conforming": N_(
            "The certificate “%(subject)s”, part of the chain that %(host)s serves, "
            "breaks rules that these clients enforce."
        ),
        "why.unsupported_key": N_(
            "The certificate “%(subject)s”, part of the chain that %(host)s serves, "
            "has a key of a kind that these clients do not support."
        ),
        "why.weak_key": N_(
            "The certificate “%(subject)s”, part of the chain that %(host)s serves, "
            "has a key that is too short."
        ),
        "why.weak_signature": N_(
            "The certificate “%(subject)s”, part of the chain that %(host)s serves, "
            "is signed with a method that is no longer safe."
        ),
        "why.valid_too_long": N_(
            "The certificate “%(subject)s” that %(host)s serves "
            "is valid for longer than is allowed."
        ),
        "why.distrusted": N_(
            "These clients no longer trust the root “%(subject)s”, "
            "to which the chain of %(host)s leads."
        ),
        "why.unreachable": N_("Secure connections to %(host)s have failed since %(date)s."),
        "who.some": N_("These clients cannot connect: %(affected)s. Not affected: %(unaffected)s."),
        "who.all": N_("All clients are affected and refuse to connect: %(affected)s."),
        "who.every": N_("All visitors of this address are affected."),
        "update.joined": N_("Also affected now, by the same cause: %(services)s."),
        "update.recurred": N_("The problem has returned after it appeared to be fixed."),
        "update.flapping": N_(
            "The problem comes and goes. The incident stays open until there has been no "
            "failure for 30 minutes."
        ),
        # Translators: A probe is a test connection; monitoring goes on for a while.
        "update.monitoring": N_(
            "Our probes can connect again: %(hosts)s. We continue to monitor before we mark the "
            "incident as resolved."
        ),
        "update.worse": N_("The problem has become worse."),
        "update.monitor.flapping": N_(
            "The problem comes and goes. The incident stays open until there has been no "
            "failure for 15 minutes."
        ),
        # Translators: Monitoring goes on for a while.
        "update.monitor.monitoring": N_(
            "Our monitoring no longer reports a fault. We continue to monitor before we mark the "
            "incident as resolved."
        ),
        "update.monitor.resolved": N_("Our monitoring has reported no fault since %(date)s."),
        # Translators: A monitor is a system that monitors, not a screen.
        "monitor.evidence": N_("A monitor reports “%(title)s”."),
        # Translators: A monitor is a system that monitors, not a screen.
        "monitor.stale": N_(
            "A monitor has sent nothing since %(date)s about a problem that it reported. The "
            "problem may be over, or the monitor may be down."
        ),
        "update.resolved": N_(
            "Our probes have been able to connect without a fault since %(date)s."
        ),
        "automation.began": N_("The incident began."),
        "automation.ended": N_("The incident ended."),
        "automation.no_text": N_("This update has no text."),
        "maintenance.in_progress": N_(
            "Scheduled maintenance is currently in progress. We will provide updates as necessary."
        ),
        "maintenance.verifying": N_(
            "Verification is currently underway for the maintenance items."
        ),
        "maintenance.completed": N_("The scheduled maintenance has been completed."),
        "maintenance.cancelled": N_("The scheduled maintenance has been cancelled."),
    }
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One sentence by its code; `params` are formatted for the target language."""

    code: str
    params: Mapping[str, Param]

    def __post_init__(self) -> None:
        if self.code not in PHRASES:
            raise InvalidError(f"There is no phrase {self.code!r}.", code="unknown_phrase")
        object.__setattr__(self, "params", MappingProxyType(dict(self.params)))

    @classmethod
    def of(cls, code: str, **params: Param) -> "Phrase":
        """Phrase `code` with its parameters by name."""
        return cls(code, params)


@dataclass(frozen=True, slots=True)
class Phrased:
    """Text that consists of phrases, each a complete sentence."""

    phrases: tuple[Phrase, ...]

    @classmethod
    def of(cls, *phrases: Phrase) -> "Phrased":
        """Text that consists of `phrases`."""
        return cls(phrases)


Text = LocalizedText | Phrased
