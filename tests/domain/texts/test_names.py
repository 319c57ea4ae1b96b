"""Two spellings of one name are equal."""

import pytest

from app.domain.alerts.routing import Matcher, RouteInput, ServiceNames, route_alert
from app.domain.alerts.routing import Route as AlertRoute
from app.domain.texts.names import fold_name

COMPOSED, DECOMPOSED = "Caf\u00e9", "CAFE\u0301"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (COMPOSED, DECOMPOSED),
        ("Straße", " STRASSE "),
        ("\u212bngström", "a\u030angstro\u0308m"),  # the Angstrom sign
        ("\uac00", "\u1100\u1161"),  # Hangul, composed and decomposed
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("\u01f0", "J\u030c"),  # folding decomposes this letter
        ("\u1ec7", "e\u0302\u0323"),  # marks in the other order
        ("\uff21\uff30\uff29\u3000\uff11", "API 1"),  # full-width letters, ideographic space
        ("\uff76\uff9e", "\u30ac"),  # half-width kana with its mark
        ("Card\u00a0Payments", "card  payments"),  # no-break space
        ("\ufeffPay\u00admen\u200bts\u2060", "payments"),  # never visible
        ("\u0130ade", "iade"),
        ("DI\u015e", "d\u0131\u015f"),
    ],
)
def test_spellings_of_one_name_are_equal(one: str, other: str) -> None:
    assert fold_name(one) == fold_name(other)
    assert fold_name(fold_name(one)) == fold_name(one)


def test_different_names_stay_different() -> None:
    names = ["cafe", COMPOSED, "café 2", "ca fé", "cafè", "①", "1"]
    assert len({fold_name(name) for name in names}) == len(names)


def test_an_alias_stored_before_names_were_normalised_is_still_found() -> None:
    names = ServiceNames.of({"cafe\u0301": 1, "payments": 2})
    assert [names.find(name) for name in (COMPOSED, DECOMPOSED, "PAYMENTS", "", None)] == [
        *(1, 1, 2, None, None)
    ]


@pytest.mark.parametrize(
    ("matcher", "matches"),
    [
        (Matcher("team", "=", COMPOSED), True),
        (Matcher("team", "!=", COMPOSED), False),
        (Matcher("team", "=~", "caf\u00e9|bar"), True),
        (Matcher("team", "=~", "CAFE\u0301"), True),
        (Matcher("team", "!~", "caf."), False),
        (Matcher("TEAM", "=", COMPOSED), True),
        (Matcher("street", "=~", r"strasse \d+"), True),
        (Matcher("street", "=~", r"STRAßE \d+"), True),
        (Matcher("street", "=", "STRASSE 1"), True),
        (Matcher("street", "=~", "STRA\uff33\uff33E\u00a0[\uff10-\uff19]+"), True),
        (Matcher("brackets", "=~", "a\uff08b\uff09"), True),
        (Matcher("team", "=", "cafe"), False),
        (Matcher("team", "=~", r"\S+"), True),
        (Matcher("team", "=~", r"\s+"), False),
        (Matcher("absent", "=", ""), True),
    ],
)
def test_a_matcher_compares_normalised_names_and_values(matcher: Matcher, matches: bool) -> None:  # noqa: FBT001
    alert = RouteInput(
        1, "down", "major", {"Team": DECOMPOSED, "street": "Straße 1", "brackets": "A(b)"}, COMPOSED
    )
    assert matcher.matches(alert.match_labels) is matches


def test_the_service_label_and_the_groups_of_a_route_are_compared_normalised() -> None:
    names = ServiceNames.of({fold_name(COMPOSED): 7})
    route = AlertRoute("r", service_label="Café-Label", group_by=("Région",))

    def decide(label: str, region: str) -> tuple[list[int], str]:
        labels = {"cafe\u0301-label": label, "re\u0301gion": region}
        found = route_alert(RouteInput(1, "down", "major", labels), [route], names)
        return list(found.services), found.cause

    assert decide(COMPOSED, "Île") == decide(DECOMPOSED, "I\u0302LE")
    assert decide(COMPOSED, "Île")[0] == [7]
    assert decide(COMPOSED, "Île")[1] != decide(COMPOSED, "Ile")[1]
