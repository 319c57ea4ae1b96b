"""Setup checklist: the first steps of an installation, and which of them are done."""

from dataclasses import dataclass
from enum import StrEnum

from app.db.queries import audit, services
from app.db.queries.sources import sources
from app.db.queries.targets import targets
from app.db.queries.users import users
from app.domain.audit import AuditFilter
from app.domain.permissions import Action
from app.host_names import https_address
from app.usecases.context import Ctx

__all__ = ["SetupStep", "SetupTask", "setup_steps"]


# The settings that are chosen with the first account, which leaves the others to be set.
_AT_FIRST_START = frozenset({"languages", "default_language"})
_MOST_EDITS = 10


class SetupTask(StrEnum):
    """A first step: settings of the page, a service, what detects failures, a second user."""

    PAGE = "page"
    SERVICE = "service"
    DETECTION = "detection"
    COLLEAGUE = "colleague"


@dataclass(frozen=True, slots=True)
class SetupStep:
    """A first step, and whether it is done."""

    task: SetupTask
    is_done: bool


def setup_steps(ctx: Ctx, base_url: str) -> tuple[SetupStep, ...]:
    """The first steps in their order; empty once all are done. Raises ForbiddenError.

    The target that Fyr adds by itself, for the host of `base_url`, is no step of the setup.
    """
    ctx.require(Action.CONFIGURE)
    session, own = ctx.session, https_address(base_url)
    edits = audit.list_entries(
        session, before=None, limit=_MOST_EDITS, filters=AuditFilter(action="page.edit")
    )
    done = {
        SetupTask.PAGE: any(not _AT_FIRST_START.issuperset(each.after or ()) for each in edits),
        SetupTask.SERVICE: bool(services.list_services(session)),
        SetupTask.DETECTION: bool(
            any(
                (each.host, each.port) != own
                for each in targets.list_targets(session, before=None, limit=2)
            )
            or sources.list_sources(session, before=None, limit=1)
        ),
        SetupTask.COLLEAGUE: len(users.list_users(session, part=None, before=None, limit=2)) > 1,
    }
    if all(done.values()):
        return ()
    return tuple(SetupStep(task, is_done) for task, is_done in done.items())
