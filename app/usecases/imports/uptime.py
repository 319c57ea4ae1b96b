"""Import of intervals in which a service was not operational, from the checks of a source."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from app.db.queries.imports import imports
from app.ports.importer import ItemKind
from app.usecases.imports.prepared import Prepared, digest_of
from app.usecases.imports.report import ItemOutcome
from app.usecases.imports.state import ImportState

__all__ = ["write_uptime"]


def write_uptime(state: ImportState, items: Iterable[Prepared]) -> None:
    """Replace the intervals of each service whose intervals differ from the former ones."""
    by_service: dict[str, list[Prepared]] = {}
    for item in items:
        by_service.setdefault(item.content["service"], []).append(item)
    for ref, of_service in by_service.items():
        digest = digest_of([each.digest for each in of_service])
        whole = Prepared(ItemKind.UPTIME, ref, digest, of_service[0].place, {})
        known = state.known(whole)
        if known is not None and known.digest == digest:
            state.report.note(ItemKind.UPTIME, ItemOutcome.UNCHANGED, len(of_service))
            continue
        state.report.note(
            ItemKind.UPTIME,
            ItemOutcome.NEW if known is None else ItemOutcome.CHANGED,
            len(of_service),
        )
        if state.is_trial:
            continue
        service = state.service_ids[ref]
        if known is None:
            known = state.remember(whole, service)
        else:
            state.renew(whole, known)
        rows = [_row(known.row_id, service, each) for each in of_service]
        imports.replace_intervals(state.ctx.session, known.row_id, rows)
        state.touched.add(service)
        state.ctx.touch()


def _row(import_ref_id: int, service_id: int, item: Prepared) -> dict[str, Any]:
    return {
        "import_ref_id": import_ref_id,
        "service_id": service_id,
        "status": item.content["status"],
        "started_at": datetime.fromisoformat(item.content["from"]),
        "ended_at": datetime.fromisoformat(item.content["to"]),
    }
