"""Sign-ins, failed sign-ins and sign-outs are in the audit log; names that do not exist are not."""

from app.domain.audit import AuditFilter
from app.domain.permissions import Role
from app.usecases import audit
from tests.cast import ADA, Installation
from tests.console import NAMES, PASSWORD, give_password, send, staff


def _actions(installation: Installation) -> list[tuple[str, str]]:
    with installation.reading(ADA) as ctx:
        found = audit.list_entries(ctx, AuditFilter(action="session"), cursor=None, limit=50)
    return [(each.action, each.subject_id) for each in reversed(found.items)]


def test_sign_ins_failures_and_sign_outs_are_recorded(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    with installation.writing() as ctx:
        give_password(ctx, ada.user_id)
    before = len(_actions(installation))
    email = NAMES[Role.ADMIN]
    wrong = send(installation.vera, "/console/login", {"email": email, "password": "wrong one"})
    unknown = {"email": "correct horse battery", "password": "x"}
    send(installation.vera, "/console/login", unknown)
    right = send(installation.vera, "/console/login", {"email": email, "password": PASSWORD})
    assert (wrong.status_code, right.status_code) == (401, 303)
    assert ada.send("/console/logout").status_code == 303
    assert _actions(installation)[before:] == [
        ("session.refuse", ada.user_id),
        ("session.begin", ada.user_id),
        ("session.end", ada.user_id),
    ]


def test_an_export_of_the_audit_log_is_recorded(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    assert ada.get("/console/audit/export.csv").status_code == 200
    with installation.reading(ADA) as ctx:
        found = audit.list_entries(ctx, AuditFilter(action="audit.export"), cursor=None, limit=5)
    assert [each.actor_name for each in found.items] == [NAMES[Role.ADMIN]]
