from concurrent.futures import ThreadPoolExecutor

from sqlmodel import select

from app.db.tables import SignInAttemptRow, UserRow
from app.domain.errors import TooManyError
from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.encryption import BrowserBox
from app.usecases.users import one_time_links
from app.usecases.users.passwords.passwords import hashed
from app.usecases.users.passwords.stored_passwords import stored_password_for_sign_in
from app.usecases.users.second_factor import second_step
from app.usecases.users.sign_in import count_attempt
from app.usecases.users.users import add_user
from tests.cast import BEN, Backend

PASSWORD = "correct horse battery"  # of a test
LETTERS = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_parallel_attempts_are_counted_exactly(backend: Backend) -> None:
    def attempt(_: int) -> bool:
        try:
            with backend.writing() as ctx:
                count_attempt(ctx, BEN.name, "192.0.2.1")
        except TooManyError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(24))) == 8
    with backend.reading() as ctx:
        assert len(ctx.session.exec(select(SignInAttemptRow)).all()) == 8


def test_parallel_wrong_codes_are_counted_exactly(backend: Backend) -> None:
    box = BrowserBox.for_purpose(b"k" * 32, "console")
    with backend.writing(SHELL) as ctx:
        user_id = add_user(ctx, BEN.name, Role.EDITOR, password=hashed(PASSWORD, email=BEN.name)).id
        row = ctx.session.exec(select(UserRow).where(UserRow.public_id == user_id)).one()
        row.totp_secret = box.encrypt(LETTERS)
    with backend.writing() as ctx:
        verified = stored_password_for_sign_in(ctx, BEN.name).verify(PASSWORD)
        assert verified is not None
        link = one_time_links.second_factor_link(ctx, verified)
    assert link is not None

    def attempt(_: int) -> bool:
        try:
            with backend.writing() as ctx:
                second_step.verify_code(ctx, link.secret, "000000", box, devices={})
        except TooManyError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(20))) == 10
