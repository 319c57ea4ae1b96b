"""Standard sentences: reviewed phrases for updates, available in every language of the page.

A sentence is written into the text of each language, where staff can edit it: it is no `Phrase`,
which is stored as a code. `%(services)s` stands for the names of the affected services. It
follows a colon, where no language inflects a name or agrees with the number of names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.domain.statuses import IncidentStatus, MaintenanceStatus
from app.domain.texts.phrases import N_

__all__ = ["OUR_SERVICES", "STANDARD_SENTENCES", "StandardSentence"]

_INVESTIGATING, _IDENTIFIED = IncidentStatus.INVESTIGATING, IncidentStatus.IDENTIFIED
_MONITORING, _RESOLVED = IncidentStatus.MONITORING, IncidentStatus.RESOLVED
_IN_PROGRESS = MaintenanceStatus.IN_PROGRESS

# In place of the names when no service is chosen.
# Translators: Stands in place of %(services)s in a standard sentence when no service is chosen.
OUR_SERVICES = N_("our services")


@dataclass(frozen=True, slots=True)
class StandardSentence:
    """A sentence in English, and the status of the updates that it is for."""

    status: IncidentStatus | MaintenanceStatus
    text: str


# By code; no code is renamed or removed, because programs use them.
STANDARD_SENTENCES: Mapping[str, StandardSentence] = MappingProxyType(
    {
        "looking_into_it": StandardSentence(
            _INVESTIGATING, N_("We are looking into a problem. Affected: %(services)s.")
        ),
        "unreachable": StandardSentence(
            _INVESTIGATING,
            N_(
                "At the moment, people cannot connect. Affected: %(services)s. We are looking for "
                "the cause."
            ),
        ),
        "slow": StandardSentence(
            _INVESTIGATING,
            N_("There are delays. Affected: %(services)s. We are looking for the cause."),
        ),
        "still_looking": StandardSentence(
            _INVESTIGATING,
            N_("We are still looking for the cause. We will post more as soon as we know more."),
        ),
        "working_on_a_fix": StandardSentence(
            _IDENTIFIED, N_("We have found the cause and are working on a fix.")
        ),
        "provider": StandardSentence(
            _IDENTIFIED, N_("The cause is at one of our providers. We are in contact with them.")
        ),
        "own_change": StandardSentence(
            _IDENTIFIED, N_("The cause is a recent change of ours. We are reverting it.")
        ),
        "certificate": StandardSentence(
            _IDENTIFIED, N_("The cause is an expired certificate. We are replacing it.")
        ),
        "takes_longer": StandardSentence(
            _IDENTIFIED, N_("The fix takes longer than expected. We are sorry for the disruption.")
        ),
        "fix_in_place": StandardSentence(
            _MONITORING, N_("A fix is in place. We are monitoring it.")
        ),
        "mostly_over": StandardSentence(
            _MONITORING,
            N_(
                "For most people, the problem is over. Affected: %(services)s. We are monitoring "
                "it."
            ),
        ),
        "slow_for_a_while": StandardSentence(
            _MONITORING,
            N_("The problem is over, but there may be delays for a while. Affected: %(services)s."),
        ),
        "over": StandardSentence(
            _RESOLVED,
            N_("The incident is resolved. Services that were affected: %(services)s."),
        ),
        "no_data_lost": StandardSentence(
            _RESOLVED, N_("The incident is resolved. No data was lost.")
        ),
        "false_alarm": StandardSentence(
            _RESOLVED,
            N_("This was a false alarm. There was no problem. Reported services: %(services)s."),
        ),
        "planned_work": StandardSentence(
            MaintenanceStatus.SCHEDULED,
            N_(
                "We will carry out planned work. Short interruptions are possible. Affected: "
                "%(services)s."
            ),
        ),
        "work_begins": StandardSentence(_IN_PROGRESS, N_("The planned work has begun.")),
        "work_takes_longer": StandardSentence(
            _IN_PROGRESS, N_("The planned work takes longer than expected.")
        ),
        "work_is_checked": StandardSentence(
            MaintenanceStatus.VERIFYING,
            N_("The planned work is done. We are checking that everything works."),
        ),
        "work_completed": StandardSentence(
            MaintenanceStatus.COMPLETED,
            N_("The planned work is completed. Services that were affected: %(services)s."),
        ),
    }
)
