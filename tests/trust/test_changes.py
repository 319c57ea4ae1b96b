from datetime import timedelta

import pytest

from app.trust.change_texts import CHANGE_TEXTS
from app.trust.changes import changes
from app.trust.x509.chain import read_pem
from tests.trust.authorities import HOST, NOON, chain, leaf, make
from tests.trust.real import CHAINS, needs

LONG, SHORT = (CHAINS / "le2021" / f"chain-{name}.pem" for name in ("long", "short"))
DAY = timedelta(days=1)
R3, R10, CROSS = make("R3", "Root"), make("R10", "Root"), make("Root", "Old")
RENEWED = leaf("R3", ends=NOON + 70 * DAY)
REKEYED = make(HOST, "R3", ca=False, hosts=(HOST,), held_by="Fresh")


@pytest.mark.parametrize(
    ("before", "after", "codes"),
    [
        ((leaf("R3"), R3), (leaf("R3"), R3), []),
        ((leaf("R3"), R3), (RENEWED, R3), ["renewed"]),
        ((leaf("R3"), R3), (REKEYED, R3), ["renewed_with_new_key"]),
        (
            (leaf("R3"), R3, CROSS),
            (leaf("R10"), R10),
            ["renewed", "issuer", "certificate_gone", "cross_sign_gone", "certificate_new"],
        ),
        ((leaf("R3"), R3), (leaf("R3"), R3, CROSS), ["cross_sign_new"]),
        ((leaf("R3"), R3, CROSS), (leaf("R3"), CROSS, R3), ["order"]),
        ((), (leaf("R3"), R3), ["first_certificate", "certificate_new"]),
        ((leaf("R3"),), (), ["no_certificate"]),
        ((leaf("R3"), b"hello"), (leaf("R3"), R3), ["certificate_gone", "certificate_new"]),
        ((leaf("R3"),), (leaf("R3", HOST, "two.example"),), ["renewed", "names"]),
    ],
)
def test_what_changed_is_said(
    before: tuple[bytes, ...], after: tuple[bytes, ...], codes: list[str]
) -> None:
    found = changes(chain(*before), chain(*after), host=HOST)
    assert [one.code for one in found] == [f"change.{code}" for code in codes]
    assert all(CHANGE_TEXTS[one.code] % one.params for one in found)


def test_issuers_are_called_what_people_call_them() -> None:
    found = changes(chain(leaf("R3"), R3), chain(leaf("R10"), R10), host=HOST)
    text = [CHANGE_TEXTS[one.code] % one.params for one in found]
    assert f"The issuer of the certificate of {HOST} has changed. Before: R3. Now: R10." in text


@needs(LONG, SHORT)
def test_the_remedy_of_2021_reads_as_what_it_was() -> None:
    before, after = (read_pem(file.read_bytes()) for file in (LONG, SHORT))
    (found,) = changes(before, after, host="kkmspb.ru")
    text = CHANGE_TEXTS[found.code] % found.params
    assert text == "The cross-sign “ISRG Root X1” is no longer served."
