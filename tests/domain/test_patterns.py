"""Patterns that operators write."""

import pytest

from app.domain.patterns import MAX_PATTERN, PatternError, compile_pattern


@pytest.mark.parametrize(
    "pattern", ["(", "a{1001}", "a{99999999999}", r"(a)\1", "(?=a)", "a" * (MAX_PATTERN + 1)]
)
def test_a_pattern_that_cannot_run_in_linear_time_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(pattern)


def test_a_pattern_of_the_greatest_length_is_compiled() -> None:
    found = compile_pattern("a" * MAX_PATTERN).search("b" + "a" * MAX_PATTERN)
    assert found is not None


@pytest.mark.parametrize(("ignore_case", "matches"), [(False, False), (True, True)])
def test_letters_match_in_either_case_if_asked_for(*, ignore_case: bool, matches: bool) -> None:
    found = compile_pattern("web.1", ignore_case=ignore_case).fullmatch("WEB\n1")
    assert (found is not None) is matches
