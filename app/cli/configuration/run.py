"""Run of `fyr apply`: the transaction of all parts, and the plan of what they change."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from app.domain.errors import FyrError, InvalidError
from app.domain.texts.localized_text import LocalizedText
from app.settings import Settings
from app.usecases.context import Ctx
from app.usecases.encryption import SecretBox
from app.web.api.request import ApiRequest

__all__ = ["PlanMark", "PlanStep", "Run", "subset"]

RecordT = TypeVar("RecordT")


class PlanMark(StrEnum):
    """What happens to a thing."""

    ADD = "+"
    CHANGE = "~"
    REMOVE = "-"


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One thing that is added, changed or removed. `detail` names the changed fields."""

    mark: PlanMark
    kind: str
    name: str
    detail: str = ""

    def __str__(self) -> str:
        suffix = f": {self.detail}" if self.detail else ""
        return f"{self.mark} {self.kind} {self.name}{suffix}"


@dataclass(slots=True)
class Run:
    """Applies a configuration in one transaction, and collects its plan.

    Without `prune`, what the configuration lacks is only listed, in `surplus`. `issued` are
    lines with credentials that are shown once.
    """

    request: ApiRequest
    settings: Settings
    prune: bool
    steps: list[PlanStep] = field(default_factory=list)
    surplus: list[PlanStep] = field(default_factory=list)
    issued: list[str] = field(default_factory=list, repr=False)

    @property
    def ctx(self) -> Ctx:
        """The transaction."""
        return self.request.ctx

    @property
    def secret_box(self) -> SecretBox:
        """What encrypts stored secrets."""
        return self.request.secret_box

    def added(self, kind: str, name: str) -> None:
        """Note that a thing was added."""
        self.steps.append(PlanStep(PlanMark.ADD, kind, name))

    def edit(
        self,
        kind: str,
        name: str,
        before: RecordT,
        change: Callable[[], RecordT],
        *,
        also: str = "",
    ) -> None:
        """Change a thing that is `before` now; a change that makes no difference is undone.

        `also` names what differs and is in no record, such as a secret.
        """
        was_visible, was_audited = self.ctx.visibly_changed, self.ctx.audited
        with self.ctx.session.begin_nested() as savepoint:
            after = change()
            if after == before and not also:
                savepoint.rollback()
                self.ctx.visibly_changed, self.ctx.audited = was_visible, was_audited
                return
        names = [*_differing(before, after), *([also] if also else [])]
        self.steps.append(PlanStep(PlanMark.CHANGE, kind, name, ", ".join(names)))

    def remove(self, kind: str, name: str, delete: Callable[[], object]) -> None:
        """Remove a thing that the configuration lacks, or list it."""
        step = PlanStep(PlanMark.REMOVE, kind, name)
        if not self.prune:
            self.surplus.append(step)
            return
        with self.at(f"{kind} {name}"):
            delete()
        self.steps.append(step)

    @contextmanager
    def at(self, place: str) -> Iterator[None]:
        """Let the field of an error be its place in the document."""
        try:
            yield
        except FyrError as error:
            where = place if error.field is None else f"{place}.{error.field}"
            raise InvalidError(error.message, code=error.code, field=where) from None


def subset(texts: LocalizedText, of: LocalizedText) -> bool:
    """Whether each of these texts is what the other has in its language."""
    return dict(texts).items() <= dict(of).items()


def _differing(before: object, after: object) -> list[str]:
    names = getattr(before, "__slots__", ()) if type(before) is type(after) else ()
    return [name for name in names if getattr(before, name) != getattr(after, name)]
