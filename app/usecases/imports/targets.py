"""Import of addresses to probe."""

from collections.abc import Callable, Iterable

from app.db.queries import services
from app.domain.errors import ConflictError, InvalidError
from app.ports.importer import ReportEntry
from app.usecases.context import Ctx
from app.usecases.imports.prepared import Prepared
from app.usecases.imports.report import ItemOutcome
from app.usecases.imports.state import ImportState

__all__ = ["AddTarget", "write_targets"]

# Adds a target: host, port, STARTTLS and slugs of services. Raises ConflictError, InvalidError.
AddTarget = Callable[[Ctx, str, int, str | None, tuple[str, ...]], int]


def write_targets(
    state: ImportState, add_target: AddTarget | None, items: Iterable[Prepared]
) -> None:
    """Add the targets that are not known. One that cannot be probed is reported as lost."""
    for item in items:
        if add_target is None or not state.options.targets:
            continue
        if state.known(item) is not None:
            state.report.note(item.kind, ItemOutcome.UNCHANGED)
        elif state.is_trial:
            state.report.note(item.kind, ItemOutcome.NEW)
        else:
            _add(state, add_target, item)


def _add(state: ImportState, add_target: AddTarget, item: Prepared) -> None:
    content = item.content
    numbers = [state.service_ids[ref] for ref in content["services"]]
    known = services.services_by_id(state.ctx.session, numbers)
    slugs = tuple(known[each].slug for each in numbers if known[each].archived_at is None)
    try:
        number = add_target(state.ctx, content["host"], content["port"], content["starttls"], slugs)
    except (ConflictError, InvalidError):
        state.report.add(ReportEntry("lost.target", item.ref))
        return
    state.report.note(item.kind, ItemOutcome.NEW)
    state.remember(item, number)
