"""The audit log as it is read and exported."""

from sqlalchemy import insert

from app.db.tables import AuditEntryRow
from app.domain.audit import AuditFilter
from app.usecases.audit import entry_batches
from app.usecases.context import new_id
from tests.cast import ADA, BEN, Backend
from tests.many_rows import counted_queries


def test_an_export_of_one_actor_looks_the_names_up_once(sqlite_backend: Backend) -> None:
    entries = [
        {
            "public_id": new_id(),
            "at": sqlite_backend.clock.now,
            "actor_kind": "user",
            "actor_name": person.name,
            "action": "incident.update",
            "subject": "incident",
            "subject_id": "x",
        }
        for person in (ADA, BEN)
        for _ in range(1200)
    ]
    with sqlite_backend.writing() as ctx:
        ctx.session.execute(insert(AuditEntryRow), entries)
        engine = ctx.session.get_bind().engine
    with counted_queries(engine) as sent:
        batches = list(entry_batches(sqlite_backend.reading, AuditFilter(actor="Ben@")))
    assert [len(each) for each in batches] == [500, 500, 200]
    assert {each.actor_name for batch in batches for each in batch} == {BEN.name}
    assert sum("DISTINCT" in each for each in sent) == 1
