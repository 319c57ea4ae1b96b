"""What somebody was typing is kept until it is sent."""

from datetime import timedelta

import pytest

from app.domain.errors import ForbiddenError, InvalidError
from app.usecases.publication import form_drafts
from tests.cast import ADA, BEN, CY, Stage

PLACE = "incidents/new"


def test_the_last_that_was_typed_is_kept_for_its_author(stage: Stage) -> None:
    with stage.writing(BEN) as ctx:
        form_drafts.save_draft(ctx, PLACE, {"title": "Mail"})
    with stage.writing(BEN) as ctx:
        form_drafts.save_draft(ctx, PLACE, {"title": "Mail is slow"})
    with stage.reading(BEN) as ctx:
        kept = form_drafts.read_draft(ctx, PLACE)
        assert kept is not None
        assert kept.fields == {"title": "Mail is slow"}
    with stage.reading(ADA) as ctx:
        assert form_drafts.read_draft(ctx, PLACE) is None


def test_what_was_sent_or_is_old_is_forgotten(stage: Stage) -> None:
    with stage.writing(BEN) as ctx:
        form_drafts.save_draft(ctx, PLACE, {"title": "Mail"})
        form_drafts.save_draft(ctx, "other", {"title": "Mail"})
        form_drafts.delete_draft(ctx, PLACE)
        assert form_drafts.read_draft(ctx, PLACE) is None
    stage.clock.now += timedelta(days=31)
    with stage.writing(ADA) as ctx:
        form_drafts.delete_old_drafts(ctx)
    with stage.reading(BEN) as ctx:
        assert form_drafts.read_draft(ctx, "other") is None


def test_too_much_is_refused_and_viewers_type_nothing(stage: Stage) -> None:
    with stage.writing(BEN) as ctx, pytest.raises(InvalidError):
        form_drafts.save_draft(ctx, PLACE, {"body": "x" * 400_001})
    with stage.writing(CY) as ctx, pytest.raises(ForbiddenError):
        form_drafts.save_draft(ctx, PLACE, {"body": "x"})
