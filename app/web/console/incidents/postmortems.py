"""The account after an incident: begun from the facts, written, shown, withdrawn."""

from collections.abc import Mapping

from fastapi import APIRouter, Response

from app.domain.phrases import N_
from app.rendering.postmortem_draft import draft
from app.rendering.text.machine_language import locale_for
from app.usecases.context import Ctx
from app.usecases.incidents.history import history_of
from app.usecases.incidents.lifecycle import get_incident
from app.usecases.incidents.postmortems import skeleton
from app.usecases.publication import pending
from app.usecases.publication.incident_commands import PutPostmortem
from app.usecases.text_history import stamp_of
from app.web.console.compose.composer import Composer
from app.web.console.kit.forms import Form, Sent
from app.web.console.kit.staff_request import Editor, StaffRequest
from app.web.console.kit.translations import changed, same, standing, written

__all__ = ["Accounting", "router"]

router = APIRouter(prefix="/incidents/{incident_id}/postmortem")

_WITHDRAWN = N_("Visitors do not see the postmortem any more. Its text is kept.")


@router.get("")
def postmortem(request: Editor, incident_id: str) -> Response:
    """The postmortem, or a draft of it that begins with what is known."""
    return Accounting(request, Form(), incident_id).opened()


@router.post("")
def put_postmortem(request: Editor, incident_id: str, form: Sent) -> Response:
    """Publish it, keep it for later, withdraw it, or show how it will look."""
    composer = Accounting(request, form, incident_id)
    if form.text("do") == "withdraw":
        return composer.withdrawn()
    return composer.sent()


class Accounting(Composer):
    """The postmortem. The button `keep` keeps it from visitors."""

    template = "postmortem"

    def __init__(self, request: StaffRequest, form: Form, incident_id: str) -> None:
        super().__init__(request, form)
        self._id = incident_id
        self.back = f"/console/incidents/{incident_id}"
        self.path = f"{self.back}/postmortem"
        self.place = f"incident/{incident_id}/postmortem"

    def write(self, ctx: Ctx) -> PutPostmortem | None:
        staff = get_incident(ctx, self._id)
        former = staff.incident.postmortem
        publish = self.form.text("do") != "keep"
        body = changed(self.request, self.form, "body", former.body if former else None)
        notify = self.form.has("notify")
        if former is not None and staff.postmortem_published:
            notify = former.notify
        if body is None:
            if former is None or (publish, notify) == (staff.postmortem_published, former.notify):
                return None
            body = same(self.request, former.body)
        seen = self.form.text("seen") if former else None
        return PutPostmortem(self._id, body, publish, seen, notify)

    def values(self) -> Mapping[str, object]:
        staff = get_incident(self.request.ctx, self._id)
        former = staff.incident.postmortem
        return {
            "staff": staff,
            "incident": staff.incident,
            "begun": former is None,
            "former": history_of(self.request.ctx, self._id).former_postmortems,
            "standing": standing(self.request, self.form, "body", former.body if former else None),
        }

    def fresh(self) -> Form:
        staff = get_incident(self.request.ctx, self._id)
        former = staff.incident.postmortem
        if former is not None:
            return Form.filled(
                {
                    "body": written(self.request, former.body),
                    "seen": stamp_of(former.edited_at),
                    "notify": ["on"] if former.notify else [],
                }
            )
        # The other languages begin when somebody wants to write them, so that none is forgotten.
        default = self.request.chrome.page.default_language
        begun = {default: self._begin(default)}
        return Form.filled({"body": begun, "seen": "", "notify": "on"})

    def sent(self) -> Response:
        do, _, tag = self.form.text("do").partition(":")
        if do == "begin" and tag in self.request.chrome.page.languages:
            self.put(f"body:{tag}", self._begin(tag))
            return self.page(kept_at=None)
        return super().sent()

    def _begin(self, tag: str) -> str:
        return draft(
            skeleton(self.request.ctx, self._id), locale_for(self.request.chrome.page, tag)
        )

    def withdrawn(self) -> Response:
        """Take it from the page as it is; what was typed and not saved stays one's own draft."""

        def act(ctx: Ctx) -> str:
            account = get_incident(ctx, self._id).incident.postmortem
            if account is not None:
                body = same(self.request, account.body)
                pending.submit(ctx, PutPostmortem(self._id, body, publish=False))
            return self.back

        said = self.request.say(_WITHDRAWN)
        return self.request.write(self.form, act, again=self.again, said=said)
