"""What happened, as HTML that feeds and calendars carry: each step with its time and its word."""

from datetime import datetime
from functools import lru_cache

from markupsafe import Markup

from app.domain.listing import Step, StepStatus
from app.domain.phrases import N_
from app.domain.statuses import IncidentStatus, MaintenanceStatus
from app.i18n import formats, terms
from app.i18n.languages import SOURCE, locale_of
from app.i18n.wording import Voice, word
from app.rendering.markdown import prose

__all__ = ["step_html", "step_word"]

_POSTMORTEM = N_("Postmortem")
_HEADINGS_BELOW = 3

_LEAD = Markup("<small>{when}</small><br><strong>{status}</strong>")
# Feed readers look for these marks to put the reader's own time there.
_WHEN = Markup("{month} <var data-var='date'>{day}</var>, <var data-var='time'>{time}</var> {zone}")


def step_word(status: IncidentStatus | MaintenanceStatus | StepStatus, voice: Voice) -> str:
    """The word for a step's status."""
    if isinstance(status, IncidentStatus):
        said = terms.INCIDENT_STATUS[status]
    elif isinstance(status, MaintenanceStatus):
        said = terms.MAINTENANCE_STATUS[status]
    else:
        said = _POSTMORTEM
    return voice.catalogue.gettext(said)


def step_html(step: Step, voice: Voice, words: Voice) -> Markup:
    """One step: `voice` says its text, `words` its status and time.

    In English it is the form that readers of Statuspage's feeds look into.
    """
    worded = word(step.body, voice)
    lead = _LEAD.format(when=_when(step.at, words), status=step_word(step.status, words))
    body = Markup("<p>{}</p>").format(worded.text)
    if worded.markdown:
        body = _prose(worded.text, voice)
    if worded.foreign:
        mark = Markup('<p>{}</p><div lang="{}" dir="{}">{}</div>')
        return mark.format(lead, worded.language, worded.direction, body)
    if body.startswith("<p>"):
        return Markup("<p>{} - {}").format(lead, Markup(body[len("<p>") :]))  # noqa: S704  # clean
    return Markup("<p>{}</p>{}").format(lead, body)


# The same few hundred texts are told again after every change, in several feeds.
@lru_cache(maxsize=1024)
def _prose(text: str, voice: Voice) -> Markup:
    return prose(text, voice, below=_HEADINGS_BELOW)


def _when(at: datetime, words: Voice) -> Markup | str:
    if words.language != SOURCE:
        return formats.date_time(at, words.language, words.zone)
    local = at.astimezone(words.zone)
    return _WHEN.format(
        month=locale_of(SOURCE).months["format"]["abbreviated"][local.month],
        day=local.day,
        time=local.strftime("%H:%M"),
        zone=local.tzname(),
    )
