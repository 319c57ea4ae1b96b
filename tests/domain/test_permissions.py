from datetime import UTC, datetime
from itertools import product

import pytest

from app.domain.ownership import ActorKind, Owner, may_change, owner_after, publish_at_after
from app.domain.permissions import Action, Role, lower_role, may

ALLOWED = {
    Role.VIEWER: {Action.READ},
    Role.EDITOR: {Action.READ, Action.EDIT},
    Role.ADMIN: {Action.READ, Action.EDIT, Action.CONFIGURE, Action.AUDIT},
}


@pytest.mark.parametrize(("role", "action"), list(product(Role, Action)))
def test_a_role_may_do_what_the_table_says(role: Role, action: Action) -> None:
    assert may(role, action) is (action in ALLOWED[role])


PEOPLE = {ActorKind.USER, ActorKind.TOKEN, ActorKind.SHELL}


@pytest.mark.parametrize("kind", ActorKind)
def test_a_person_may_change_every_incident_and_automation_only_its_own(kind: ActorKind) -> None:
    assert may_change(kind, Owner.AUTOMATION)
    assert may_change(kind, Owner.STAFF) is (kind in PEOPLE)


@pytest.mark.parametrize(("kind", "owner"), list(product(ActorKind, Owner)))
def test_a_touch_of_a_person_makes_it_staffs(kind: ActorKind, owner: Owner) -> None:
    assert owner_after(kind, owner) is (Owner.STAFF if kind in PEOPLE else owner)


@pytest.mark.parametrize("kind", ActorKind)
def test_a_draft_that_a_person_changed_is_not_published_by_the_clock(kind: ActorKind) -> None:
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert publish_at_after(kind, at) == (None if kind in PEOPLE else at)


@pytest.mark.parametrize(("one", "other"), list(product(Role, Role)))
def test_the_lower_of_two_roles_allows_what_both_allow(one: Role, other: Role) -> None:
    lower = lower_role(one, other)
    assert {each for each in Action if may(lower, each)} == {
        each for each in Action if may(one, each) and may(other, each)
    }
