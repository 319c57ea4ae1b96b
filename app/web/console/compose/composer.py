"""Writing something that visitors will read: previewed, kept while it is typed, then sent.

Each button of such a form is a value of `do`: `preview`, `reply` and `insert` show the form again,
`forget` throws away what was typed; anything else sends it. The script of the console presses
`preview` while somebody types, so what they type is kept.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from fastapi import Response

from app.domain.errors import ConflictError, FyrError, InvalidError
from app.domain.incidents.saved_replies import fill
from app.domain.permissions import Role
from app.rendering.console.error_messages import told as worded
from app.rendering.console.previews import Preview
from app.usecases.context import Ctx
from app.usecases.incidents.records import StaffIncident
from app.usecases.page import settings
from app.usecases.publication import form_drafts, pending, saved_replies
from app.usecases.publication.commands import Done, Write
from app.usecases.publication.pending import PendingText
from app.usecases.publication.saved_replies import SavedReply
from app.web.console.compose.form_drafts import draft_of, left_as
from app.web.console.compose.previews import previews_of
from app.web.console.kit import cookies
from app.web.console.kit.forms import Form
from app.web.console.kit.staff_request import StaffRequest

__all__ = ["Composer", "leads_to"]


def leads_to(done: Done | PendingText) -> str:
    """Where one goes after sending: to what waits, or to what it is about."""
    if isinstance(done, PendingText):
        return f"/console/held/{done.id}"
    if isinstance(done, StaffIncident):
        return f"/console/incidents/{done.incident.id}"
    return f"/console/maintenances/{done.id}"


class Composer(ABC):
    """One screen on which something is written.

    `place` is where its draft is kept, `path` its own address, `back` the page it came from.
    """

    template: str
    place: str
    path: str
    back: str

    def __init__(self, request: StaffRequest, form: Form) -> None:
        self.request = request
        self.form = form
        self.previews: tuple[Preview, ...] = ()
        self._done: Done | PendingText | None = None

    @abstractmethod
    def write(self, ctx: Ctx, /) -> Write | None:
        """What the form wants done; None when it changes nothing. Raises InvalidError."""

    @abstractmethod
    def values(self) -> Mapping[str, object]:
        """What the template shows besides the form."""

    @abstractmethod
    def fresh(self) -> Form:
        """The form as it begins."""

    def told(self) -> str | None:
        """What the next page begins with when it was done at once."""
        return None

    def opened(self) -> Response:
        """The form as it was left, or a fresh one."""
        draft = form_drafts.read_draft(self.request.ctx, self.place)
        self.form = self.fresh()
        if draft is not None:
            self.form = left_as(self.form, draft.fields)
        return self.page(kept_at=None if draft is None else draft.saved_at)

    def sent(self) -> Response:
        """What the pressed button says."""
        do = self.form.text("do")
        if do == "preview":
            return self._preview()
        if do in {"reply", "insert"}:
            return self._reply(do)
        if do == "forget":
            return self._forget()
        answer = self.request.write(self.form, self._act, again=self.again)
        told = self.told()
        if told is not None and self._done is not None and not isinstance(self._done, PendingText):
            cookies.say(self.request.http, answer, told)
        return answer

    def again(self) -> Response:
        """The form with what was typed. After a clash it begins with what is there now."""
        if self.form.status == 409:
            self.put("seen", self.fresh().text("seen"))
        return self.page(kept_at=None)

    def page(self, **more: object) -> Response:
        """The screen."""
        habits = settings.page_settings(self.request.ctx)
        given = {
            "chosen": None,
            "previews": self.previews,
            "undo_seconds": habits.undo_seconds,
            # As app.domain.incidents.pending says: it is editors who wait for a second person.
            "needs_approval": habits.four_eyes and self.request.me.member.role is Role.EDITOR,
            **self.values(),
            **more,
        }
        return self.request.page(
            self.template,
            form=self.form,
            composer=self,
            replies=saved_replies.list_replies(self.request.ctx),
            **given,
        )

    def _act(self, ctx: Ctx) -> str:
        write = self.write(ctx)
        form_drafts.forget_draft(ctx, self.place)
        if write is None:
            return self.back
        self._done = pending.submit(ctx, write, undoable=True)
        return leads_to(self._done)

    def _preview(self) -> Response:
        kept_at = None
        try:
            with self.request.app.database.writing(self.request.me.actor) as ctx:
                if self.form.texts("body") or self.form.texts("title"):
                    kept_at = form_drafts.keep_draft(ctx, self.place, draft_of(self.form)).saved_at
        except InvalidError as error:
            self.refuse(error)
        try:
            with self.request.app.database.writing(self.request.me.actor) as ctx:
                write = self.write(ctx)
                if write is not None:
                    after = pending.rehearse(ctx, write)
                    self.previews = previews_of(self.request, write, after)
        except (InvalidError, ConflictError) as error:
            self.refuse(error)
        return self.page(kept_at=kept_at)

    def refuse(self, error: FyrError) -> None:
        """Note what was wrong beside its field."""
        status = 409 if isinstance(error, ConflictError) else 422
        self.form.refuse(worded(error, self.request.locale), at=error.field, status=status)

    def _forget(self) -> Response:
        with self.request.app.database.writing(self.request.me.actor) as ctx:
            form_drafts.forget_draft(ctx, self.place)
        return self.request.leave(self.path)

    def _reply(self, do: str) -> Response:
        known = saved_replies.list_replies(self.request.ctx)
        chosen = next((each for each in known if each.id == self.form.text("reply")), None)
        if chosen is None or (do == "reply" and chosen.gaps):
            return self.page(kept_at=None, chosen=chosen)
        self._insert(chosen)
        return self.page(kept_at=None)

    def _insert(self, reply: SavedReply) -> None:
        values = {gap: self.form.text(f"gap:{gap}").strip() for gap in reply.gaps}
        for tag, text in reply.body:
            typed = self.form.text(f"body:{tag}").strip()
            said = fill(text, values)
            self.put(f"body:{tag}", f"{typed}\n\n{said}" if typed else said)

    def put(self, name: str, value: str) -> None:
        """Let the form say something else in a field."""
        kept = tuple(each for each in self.form.fields if each[0] != name)
        self.form.fields = (*kept, (name, value))
