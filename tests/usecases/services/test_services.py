from datetime import timedelta

import pytest

from app.domain.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from app.domain.texts.localized_text import LocalizedText
from app.usecases.services.services import (
    add_service,
    archive_service,
    edit_service,
    find_or_add_group,
    get_service,
    list_services,
    service_ids,
)
from tests.cast import BEN, CY, Backend
from tests.factories import english, make_service


def test_services_stand_in_the_order_they_were_added(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        for slug in ("zulu", "alpha", "mike"):
            make_service(ctx, slug)
        assert [service.slug for service in list_services(ctx)] == ["zulu", "alpha", "mike"]


def test_a_group_is_made_once(backend: Backend) -> None:
    with backend.writing() as ctx:
        for slug, group in (
            ("a", "Shop front"),
            ("b", "shop  front"),
            ("c", "المتجر"),
            ("d", "المتجر"),
        ):
            make_service(ctx, slug, group=group)
        groups = [service.group for service in list_services(ctx)]
    assert groups[:2] == ["shop-front", "shop-front"]
    assert groups[2] == groups[3]


def test_what_a_group_is_called_by_staff_leads_back_to_it(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        arabic = LocalizedText.of("المتجر", "ar")
        made = find_or_add_group(ctx, arabic)
        assert find_or_add_group(ctx, english(made.slug)).id == made.id


def test_history_may_be_known_from_before_the_service_was_added(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        since = ctx.now - timedelta(days=90)
        added = add_service(ctx, "payments", english("Payments"), known_since=since)
        assert added.known_since == since
        with pytest.raises(InvalidError):
            add_service(ctx, "b", english("B"), known_since=ctx.now + timedelta(days=1))


def test_a_service_cannot_be_added_twice_or_edited_when_it_is_not_there(
    sqlite_backend: Backend,
) -> None:
    with sqlite_backend.writing() as ctx:
        make_service(ctx)
        with pytest.raises(ConflictError):
            make_service(ctx)
        for slug in ("nowhere", "\x00"):
            with pytest.raises(NotFoundError):
                edit_service(ctx, slug, name=english("x"))


def test_an_archived_service_is_off_the_page_and_cannot_be_named(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        make_service(ctx)
        archive_service(ctx, "payments")
        assert list_services(ctx) == ()
        with pytest.raises(InvalidError) as refused:
            service_ids(ctx, ["payments"], field="services")
    assert (refused.value.code, refused.value.field) == ("unknown_service", "services")


def test_only_an_admin_may_configure(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        make_service(ctx)
    with sqlite_backend.reading(BEN) as ctx:
        for write in (make_service, archive_service):
            with pytest.raises(ForbiddenError):
                write(ctx, "payments")
        with pytest.raises(ForbiddenError):
            edit_service(ctx, "payments", name=english("x"))
    with sqlite_backend.reading(CY) as ctx:
        assert get_service(ctx, "payments").slug == "payments"
