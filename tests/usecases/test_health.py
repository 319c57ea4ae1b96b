from app.domain.statuses import IncidentStatus
from app.usecases.health import read_statistics
from app.usecases.incidents.lifecycle import delete_incident, post_update
from tests.cast import ADA, Backend
from tests.factories import make_incident, update


def test_open_incidents_are_counted_that_visitors_see(backend: Backend) -> None:
    with backend.writing(ADA) as ctx:
        make_incident(ctx, title="Open")
        make_incident(ctx, title="Open too")
        make_incident(ctx, title="Draft", publish=False)
        resolved = make_incident(ctx, title="Resolved").incident.id
        post_update(ctx, resolved, update(IncidentStatus.RESOLVED))
        delete_incident(ctx, make_incident(ctx, title="Deleted").incident.id)
    with backend.reading() as ctx:
        assert read_statistics(ctx).open_incidents == 2
