from gettext import c2py

import pytest
from babel import Locale

from app.i18n.languages import REGISTERED
from scripts.messages.plural_forms import plural_forms

NUMBERS = (*range(125), 1_000_000, 1_000_001, 2_000_000)


@pytest.mark.parametrize("tag", REGISTERED)
def test_the_rule_of_a_header_is_that_of_cldr(tag: str) -> None:
    forms, rule = plural_forms(tag), Locale.parse(tag, sep="-").plural_form
    index = c2py(forms.expression)
    assert [forms.categories[index(each)] for each in NUMBERS] == [rule(each) for each in NUMBERS]


def test_only_forms_that_whole_numbers_need_are_asked_for() -> None:
    assert plural_forms("cs").categories == ("one", "few", "other")
    assert plural_forms("ru").categories == ("one", "few", "many")
    assert plural_forms("ar").categories == ("zero", "one", "two", "few", "many", "other")
    assert plural_forms("ja").header == "nplurals=1; plural=(0);"
