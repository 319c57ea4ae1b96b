import re
from collections import defaultdict
from pathlib import Path

from app.rendering.filters.console.console_field_labels import FIELD_LABELS

_TEMPLATES = Path(__file__).parents[3] / "templates" / "console"
_FIELD = re.compile(
    r"fields\.(?:field|area|choice|texts)\(\s*form, \"(\w+)\", *(?:_|gettext)\(\"([^\"]+)\"\)"
)


def _labels() -> dict[str, set[str]]:
    """The labels of each field in the templates."""
    labels = defaultdict(set)
    for template in _TEMPLATES.glob("*.html"):
        for name, label in _FIELD.findall(template.read_text(encoding="utf-8")):
            labels[name].add(label)
    return labels


def test_the_list_of_errors_names_each_field_by_its_label() -> None:
    labels = _labels()
    assert len(labels) > 50
    # A field that has other labels on other screens is named by its message alone.
    named = {name: label for name, (label, *others) in labels.items() if not others}
    # The word of the title that confirms a deletion is long; the error says what to write.
    del named["title"]
    assert {name: FIELD_LABELS.get(name) for name in named} == named
