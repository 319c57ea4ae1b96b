"""Whatever the description allows, and much that it does not, is answered as it says."""

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import ASGIApp, Receive, Scope, Send

from app.channels import CHANNELS
from app.domain.notifications.states import DeliveryState
from app.domain.notifications.subscribers.choices import Choices
from app.domain.permissions import Role
from app.domain.publication import SubjectKind
from app.domain.statuses import IncidentStatus
from app.monitors import ADAPTERS
from app.secret_keys import address_hashes
from app.usecases.context import Ctx
from app.usecases.imports.runs import runs
from app.usecases.imports.runs.run_files import ImportFiles
from app.usecases.imports.runs.run_options import NewImport
from app.usecases.incidents.notes import add_note
from app.usecases.page.glossary import add_term
from app.usecases.publication import pending, saved_replies
from app.usecases.publication.incident_commands import Publish
from app.usecases.publication.templates import add_template
from app.usecases.services.aliases import add_alias
from app.usecases.sources.inbox import ReceivedEvent, store
from app.usecases.sources.records import NewSource
from app.usecases.sources.routes import NewRoute, add_route
from app.usecases.sources.sources import add_source, required_source
from app.usecases.subscribers.administration import add_subscriber
from app.usecases.subscribers.rooms import NewRoom, add_room
from app.usecases.users.administration import invite
from app.usecases.users.api_tokens import add_token
from tests.cast import Installation, open_installation
from tests.databases import PostgresDatabases
from tests.factories import (
    english,
    make_delivery,
    make_incident,
    make_maintenance,
    make_notice,
    make_service,
    make_subscriber,
    make_target,
    update,
)
from tests.web.api.routes import api_operations

Operation = APIOperation[Any, Any, Any, Any]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Two allowed examples of each operation: one about rows that exist, one about any. One forbidden
# example, since those are refused before rows are read. Generating an example takes four times as
# long as answering it.
EXAMPLES = {GenerationMode.POSITIVE: 2, GenerationMode.NEGATIVE: 1}
BOUNDED = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class WithoutLifespan:
    """The application without its beginning and end, which would surround every request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        await self._app(scope, receive, send)


def called(installation: Installation, ctx: Ctx) -> dict[str, str]:
    """A source and what it has sent."""
    secret_box = installation.app.state.fyr.secret_box
    source = add_source(ctx, secret_box, NewSource("generic", "Mona"), ADAPTERS).source.id
    event = ReceivedEvent(required_source(ctx, source).id or 0, ctx.now, "POST", "", "", {}, b"{}")
    return {"source_id": source, "event_id": store(ctx, [event])[0]}


@schemathesis.serializer("message/rfc822")
def _mail(_context: object, value: object) -> bytes:
    """A mail as it is, for a schema that calls it a binary string."""
    return value if isinstance(value, bytes) else str(value).encode()


ROOM = NewRoom("slack", "Spare", {"url": "https://hooks.slack.com/services/T0/B0/x"}, Choices("en"))


def notified(ctx: Ctx) -> dict[str, str]:
    """A notice, and a delivery of it that has failed."""
    notice = make_notice(ctx)
    subscriber = make_subscriber(ctx, "erik@example.net")
    failed = make_delivery(ctx, notice, subscriber, DeliveryState.DEAD, code="http_500")
    return {"notice_id": notice.public_id, "delivery_id": failed.public_id}


class Visited:
    """An installation with one thing of each kind, so that something is found in it."""

    def __init__(self, installation: Installation) -> None:
        self.app = WithoutLifespan(installation.app)
        self.headers = {"Authorization": f"Bearer {installation.tokens[Role.ADMIN]}"}
        secret_box = installation.app.state.fyr.secret_box
        with installation.writing() as ctx:
            make_service(ctx)
            incident = make_incident(ctx, update(IncidentStatus.RESOLVED)).incident
            waits = pending.submit(
                ctx, Publish(make_incident(ctx, publish=False).incident.id), undoable=True
            )
            self.there = {
                "pending_text_id": waits.id if isinstance(waits, pending.PendingText) else "",
                "term_id": add_term(ctx, {"en": ["outage"]}).id,
                "reply_id": saved_replies.add_reply(ctx, "Spare", english("B")).id,
                "slug": "payments",
                "user_id": invite(ctx, "eve@example.com", Role.EDITOR).user.id,
                "incident_id": incident.id,
                "update_id": incident.updates[0].id,
                "target_id": make_target(ctx).id,
                "maintenance_id": make_maintenance(ctx, recurrence="FREQ=DAILY").id,
                "occurrence": "20260303T120000Z",
                "template_id": add_template(
                    ctx, "Spare", SubjectKind.INCIDENT, {"body:en": "B"}
                ).id,
                "note_id": add_note(ctx, incident.id, "N").id,
                "token_id": add_token(ctx, "spare", Role.VIEWER).id,
                "route_id": add_route(ctx, NewRoute(services=("payments",))).id,
                "alias": add_alias(ctx, "payments", "checkout").alias,
                "kind": "slack",
                "room_id": add_room(ctx, secret_box, ROOM, CHANNELS).room.id,
                **notified(ctx),
                "subscriber_id": add_subscriber(
                    ctx,
                    address_hashes(installation.settings),
                    "vera@example.net",
                    Choices("en"),
                    vouched="V",
                ).id,
                **called(installation, ctx),
                "import_id": runs.start(
                    ctx,
                    NewImport("fyr", address="https://127.0.0.1"),
                    ImportFiles(installation.settings.data_dir),
                    secret_box,
                ).id,
            }

    def answers(self, case: Case[Any], *, found: bool) -> None:
        """Ask what the case asks, about what is there if `found`, and for good."""
        if found:
            case.path_parameters = {name: self.there[name] for name in case.path_parameters or {}}
            case.headers.pop("Idempotency-Key", None)
        case.call_and_validate(headers=self.headers, checks=CHECKS, app=self.app)


def ask(operation: Operation, mode: GenerationMode, installations: Sequence[Visited]) -> None:
    """Ask each installation the same things. Thinking of them takes longer than answering."""

    about_rows = cycle((True, False))

    @settings(BOUNDED, max_examples=EXAMPLES[mode])
    @given(case=operation.as_strategy(generation_mode=mode))
    def each(case: Case[Any]) -> None:
        found = next(about_rows)
        for installation in installations:
            installation.answers(case, found=found)

    each()


def ask_everything(mode: GenerationMode, *installations: Installation) -> None:
    schema = schemathesis.openapi.from_asgi(
        "/api/openapi.json", WithoutLifespan(installations[0].app)
    )
    found = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    assert len(found) == len(api_operations(installations[0].app))
    visited = [Visited(installation) for installation in installations]
    # What deletes comes last, so that the others find something.
    for operation in sorted(found, key=lambda each: each.method.upper() == "DELETE"):
        ask(operation, mode, visited)


def test_what_the_description_allows_is_answered_as_described_on_both_databases(
    sqlite_url: str, postgres: PostgresDatabases, tmp_path: Path
) -> None:
    with (
        postgres.migrated() as postgres_url,
        open_installation(sqlite_url, tmp_path) as one,
        open_installation(postgres_url, tmp_path) as other,
    ):
        ask_everything(GenerationMode.POSITIVE, one, other)


def test_what_the_description_forbids_is_answered_as_described(
    sqlite_url: str, tmp_path: Path
) -> None:
    # Refused before a database is asked: PostgreSQL makes no difference.
    with open_installation(sqlite_url, tmp_path) as installation:
        ask_everything(GenerationMode.NEGATIVE, installation)
