"""Errors of importers: each has a message for staff."""

import inspect

import pytest

from app.domain.errors import InvalidError
from app.importing import errors
from app.importing.times import NoTimeZoneError
from app.rendering.console.error_messages import MESSAGES

KINDS = [NoTimeZoneError, *(getattr(errors, name) for name in errors.__all__)]
# What the messages name besides the place.
DATA = {"import_token_refused": {"status": 403}, "import_source_status": {"status": 500}}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_a_kind_of_error_has_a_message_for_staff_with_its_data(kind: type[InvalidError]) -> None:
    texts = list(inspect.signature(kind).parameters)[:2]
    more = {"host": "x.example"} if kind is errors.RedirectedSourceError else {}
    error = kind(*("kuma.db" for name in texts if name != "data"), **DATA.get(kind.code, more))
    assert MESSAGES[kind.code] % error.data
