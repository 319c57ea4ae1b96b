"""Whatever the description allows, and much that it does not, is answered as it says."""

from collections.abc import Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
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

from app.domain.permissions import Role
from app.domain.statuses import IncidentStatus
from tests.cast import House
from tests.factories import make_incident, make_maintenance, make_service, make_target, update
from tests.web.api.routes import api_operations

Operation = APIOperation[Any, Any, Any, Any]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BOUNDED = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def there(house: House) -> dict[str, str]:
    """What each name in a path can be filled with, so that something is found."""
    with house.writing() as ctx:
        make_service(ctx)
        incident = make_incident(ctx, update(IncidentStatus.RESOLVED)).incident
        return {
            "slug": "payments",
            "incident_id": incident.id,
            "update_id": incident.updates[0].id,
            "target_id": make_target(ctx).id,
            "maintenance_id": make_maintenance(ctx).maintenance.id,
        }


def asked(operation: Operation, mode: GenerationMode, there: Mapping[str, str], token: str) -> None:
    """Ask an operation many things; every other time about what is there, and for good."""

    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode), found=st.booleans())
    def ask(case: Case[Any], found: bool) -> None:  # noqa: FBT001  # hypothesis names its arguments
        if found:
            case.path_parameters = {name: there[name] for name in case.path_parameters or {}}
            case.headers.pop("Idempotency-Key", None)
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

    ask()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_operation_answers_as_it_is_described(
    house: House, there: dict[str, str], mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", house.app)
    # What deletes comes last, so that the others find something.
    found = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    assert len(found) == len(api_operations(house.app))
    for operation in sorted(found, key=lambda each: each.method.upper() == "DELETE"):
        asked(operation, mode, there, house.tokens[Role.ADMIN])
