from itertools import product

import pytest

from app.domain.ownership import ActorKind, Owner, may_change, owner_after
from app.domain.permissions import Action, Role, may

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
