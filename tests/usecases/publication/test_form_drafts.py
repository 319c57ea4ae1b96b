"""What somebody was typing is stored until it is sent."""

from datetime import timedelta

import pytest

from app.domain.errors import ForbiddenError, InvalidError
from app.usecases.publication import form_drafts
from tests.cast import ADA, BEN, CY, Backend

PLACE = "incidents/new"


def test_the_last_that_was_typed_is_stored_for_its_author(backend: Backend) -> None:
    with backend.writing(BEN) as ctx:
        form_drafts.save_draft(ctx, PLACE, {"title": "Mail"})
    with backend.writing(BEN) as ctx:
        form_drafts.save_draft(ctx, PLACE, {"title": "Mail is slow"})
    with backend.reading(BEN) as ctx:
        stored = form_drafts.read_draft(ctx, PLACE)
        assert stored is not None
        assert stored.fields == {"title": "Mail is slow"}
    with backend.reading(ADA) as ctx:
        assert form_drafts.read_draft(ctx, PLACE) is None


def test_what_was_sent_or_is_old_is_forgotten(backend: Backend) -> None:
    with backend.writing(BEN) as ctx:
        form_drafts.save_draft(ctx, PLACE, {"title": "Mail"})
        form_drafts.save_draft(ctx, "other", {"title": "Mail"})
        form_drafts.delete_draft(ctx, PLACE)
        assert form_drafts.read_draft(ctx, PLACE) is None
    backend.clock.now += timedelta(days=31)
    with backend.writing(ADA) as ctx:
        form_drafts.delete_old_drafts(ctx)
    with backend.reading(BEN) as ctx:
        assert form_drafts.read_draft(ctx, "other") is None


def test_too_much_is_refused_and_viewers_type_nothing(backend: Backend) -> None:
    with backend.writing(BEN) as ctx, pytest.raises(InvalidError):
        form_drafts.save_draft(ctx, PLACE, {"body": "x" * 400_001})
    with backend.writing(CY) as ctx, pytest.raises(ForbiddenError):
        form_drafts.save_draft(ctx, PLACE, {"body": "x"})
