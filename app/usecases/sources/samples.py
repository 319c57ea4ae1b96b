"""Sample requests: tried by a dry run, or stored as if the monitor had sent them now."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from app.db.tables import SourceRow
from app.domain.alerts.sources import stored_headers
from app.domain.errors import InvalidError
from app.domain.permissions import Action
from app.payloads.secrets import blank_field, blank_texts
from app.ports.monitor import InboundEvent, PayloadError
from app.usecases import audit
from app.usecases.context import Ctx
from app.usecases.encryption import SecretBox
from app.usecases.sources.inbox import BODY_LIMIT, ReceivedEvent, store
from app.usecases.sources.records import Options
from app.usecases.sources.sources import required_source
from app.usecases.sources.validation import Adapters

__all__ = ["SampleRequest", "header_names", "send_sample", "to_received", "without_secrets"]


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """Request that a monitor could send. Names of headers may have any letter case."""

    method: str = "POST"
    path: str = ""
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = field(default="", repr=False)


def header_names(adapters: Adapters, kind: str, options: Options) -> Collection[str]:
    """Names of the headers that the options of a source read."""
    return adapters[kind].header_names(options) if kind in adapters else ()


def to_received(
    ctx: Ctx, source_id: int, sample: SampleRequest, own_headers: Collection[str]
) -> ReceivedEvent:
    """Convert a sample to an event that is received now. Raises InvalidError if it is too large."""
    body = sample.body.encode("utf-8", "surrogateescape")
    if len(body) > BODY_LIMIT:
        raise InvalidError(f"The body has at most {BODY_LIMIT} bytes.", field="body")
    headers = {name.strip().lower(): value.strip() for name, value in sample.headers.items()}
    return ReceivedEvent(
        source=source_id,
        received_at=ctx.now,
        method=sample.method,
        path=sample.path,
        query=sample.query.strip().removeprefix("?"),
        headers=stored_headers(headers, own_headers),
        body=body,
    )


def send_sample(
    ctx: Ctx, secret_box: SecretBox, source_id: str, sample: SampleRequest, adapters: Adapters
) -> str:
    """Store a sample like a request of the monitor; return the event's public id.

    It is processed like one, and may open an incident. Raises ForbiddenError, NotFoundError,
    InvalidError.
    """
    ctx.require(Action.CONFIGURE)
    row = required_source(ctx, source_id)
    own_headers = header_names(adapters, row.kind, row.options)
    event = to_received(ctx, row.id or 0, sample, own_headers)
    (public_id,) = store(ctx, [without_secrets(event, row, secret_box)])
    audit.record(ctx, "source.send_test", "source", source_id, after={"event": public_id})
    return public_id


def without_secrets(event: ReceivedEvent, row: SourceRow, secret_box: SecretBox) -> ReceivedEvent:
    """Event without the secrets of its source that a recorded body may contain.

    Its authentication field and the routing key of PagerDuty are emptied, and the secrets of the
    source are removed wherever the body has them.
    """
    fields = [str(row.auth_options.get("field"))] if row.auth == "body" else []
    if row.kind == "pagerduty-events":
        fields.append("routing_key")  # the token of the source
    for path in fields:
        found = InboundEvent("POST", "", (), event.headers, event.body, event.received_at)
        with suppress(PayloadError):
            event = replace(event, body=blank_field(found, path).body)
    secrets = [secret_box.decrypt(each, row.public_id) for each in row.secrets]
    return replace(event, body=blank_texts(event.body, secrets))
