"""The protocol of publication commands: what staff do with texts that visitors read."""

from typing import ClassVar, Protocol, Self, TypeVar

from app.domain.publication import PreviewContent, Subject
from app.domain.statuses import IncidentStatus, MaintenanceStatus
from app.domain.texts.phrases import Text
from app.usecases.context import Ctx
from app.usecases.notices.audience import PlannedNotice

__all__ = ["Command", "CommandDefaults"]

DoneT_co = TypeVar("DoneT_co", covariant=True)


class Command(Protocol[DoneT_co]):
    """A change of an incident or a maintenance that can be executed, previewed and stored.

    A command is a frozen dataclass whose fields pydantic can read and write as JSON; the id of its
    subject stands in the field `incident` or `maintenance`. `kind` names the command in storage and
    in the API, and never changes.
    """

    kind: ClassVar[str]

    @property
    def subject(self) -> Subject:
        """The incident or maintenance that it changes; without an id when it creates one."""

    def check_read(self, ctx: Ctx, /) -> None:
        """Raise ConflictError (`changed_meanwhile`) when it publishes a draft that is not as its
        author has read it. Locks the draft, if the command says what was read.
        """

    def execute(self, ctx: Ctx, /) -> DoneT_co:
        """Do it. Raises what its use case raises."""

    def preview(self, ctx: Ctx, /) -> PreviewContent:
        """The result of `execute` as visitors would see it. Stores nothing, takes no write lock.

        Raises what `execute` raises.
        """

    def planned_notice(self, ctx: Ctx, content: PreviewContent, /) -> PlannedNotice | None:
        """The notice that `execute` would record now; None when subscribers are not notified.

        `content` is the preview of the command. Stores nothing.
        """

    def is_public(self, ctx: Ctx, /) -> bool:
        """Whether visitors would read a new text at once."""

    def new_title(self) -> Text | None:
        """The title that it sets; None when it keeps the title."""

    def new_text(self) -> Text | None:
        """The text that visitors would read; None when it has none of its own."""

    def new_status(self) -> IncidentStatus | MaintenanceStatus | None:
        """The status that it sets; None when it keeps the status."""

    def as_submitted(self, ctx: Ctx, /) -> Self:
        """The command to be stored, whose result does not depend on when it is executed: with the
        window that is meant now, and without questions that were not asked now.
        """


class CommandDefaults:
    """Defaults of a command that publishes no draft, sets no title, text or status, means no window
    of its own, and notifies nobody.
    """

    __slots__ = ()

    def check_read(self, _ctx: Ctx) -> None:
        """It publishes no draft, or its text is a part of it."""

    def planned_notice(self, _ctx: Ctx, _content: PreviewContent) -> PlannedNotice | None:
        """Subscribers are not notified."""
        return None

    def new_title(self) -> Text | None:
        """The title stays."""
        return None

    def new_text(self) -> Text | None:
        """There is no new text."""
        return None

    def new_status(self) -> IncidentStatus | MaintenanceStatus | None:
        """The status stays."""
        return None

    def as_submitted(self, _ctx: Ctx) -> Self:
        """The command itself: its result does not depend on when it is executed."""
        return self
