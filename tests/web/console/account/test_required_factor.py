import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from app.domain.permissions import Role
from app.settings import SettingsError, load_settings
from app.usecases.context import SHELL
from app.usecases.users.sessions import BrowserInfo, SignInMethod, begin
from tests.cast import Installation, open_installation
from tests.console import PASSWORD, Staff, give_password, staff

FACTOR = "/console/account/second-factor"


@pytest.fixture
def strict(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    """An installation where editors and admins need a second factor."""
    with open_installation(sqlite_url, tmp_path, second_factor_roles="admin, editor") as opened:
        yield opened


def test_a_role_that_needs_a_second_factor_has_only_the_account_without_one(
    strict: Installation,
) -> None:
    ben = staff(strict, Role.EDITOR)
    for path in ("/console/", "/console/incidents/new", "/console/accountant"):
        refused = ben.get(path)
        assert refused.status_code in {403, 404}
    assert "Your role needs a second factor" in ben.get("/console/").text
    assert ben.send("/console/incidents/new", {"title:en": "x"}).status_code == 403
    assert ben.get("/console/account").status_code == 200


def test_a_second_factor_opens_the_console_and_cannot_be_removed(strict: Installation) -> None:
    ben = staff(strict, Role.EDITOR)
    with strict.writing(SHELL) as ctx:
        give_password(ctx, ben.user_id)
    assert ben.send(f"{FACTOR}/start").status_code == 303
    letters = re.search(r"<code>([A-Z2-7]{32})</code>", ben.get(FACTOR).text)
    assert letters is not None
    code = pyotp.TOTP(letters[1]).at(int(strict.clock.now.timestamp()))
    assert ben.send(f"{FACTOR}/confirm", {"code": code}).status_code == 200
    assert ben.get("/console/").status_code == 200
    assert ben.send(f"{FACTOR}/off", {"present": PASSWORD}).status_code == 409
    assert ben.get("/console/").status_code == 200


@pytest.mark.parametrize("method", [SignInMethod.PASSKEY, SignInMethod.SINGLE_SIGN_ON])
def test_a_passkey_and_single_sign_on_count_as_two_factors(
    strict: Installation, method: SignInMethod
) -> None:
    ben = staff(strict, Role.EDITOR)
    with strict.writing(SHELL) as ctx:
        browser = BrowserInfo("Firefox", "192.0.2.7")
        secret = begin(ctx, ben.user_id, browser, days=14, method=method).secret
    assert Staff(strict, Role.EDITOR, ben.user_id, secret).get("/console/").status_code == 200


def test_other_roles_need_none(strict: Installation) -> None:
    assert staff(strict, Role.VIEWER).get("/console/").status_code == 200


def test_an_unknown_role_prevents_the_start() -> None:
    with pytest.raises(SettingsError, match="FYR_SECOND_FACTOR_ROLES"):
        load_settings(_env_file=None, second_factor_roles="admin, owner")
