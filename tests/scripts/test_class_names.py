from pathlib import Path

import pytest

from scripts.class_names import problems


@pytest.fixture
def root(tmp_path: Path) -> Path:
    plant(tmp_path, "app/domain/watch.py", "class Change: ...")
    return tmp_path


def plant(root: Path, name: str, code: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(f"{code}\n")


def test_a_class_name_in_two_modules_is_found(root: Path) -> None:
    plant(root, "app/web/fields.py", "class Change: ...")
    assert problems(root, {}) == [
        "app/domain/watch.py: class Change is also defined in app/web/fields.py"
    ]


def test_an_allowed_name_may_stand_twice(root: Path) -> None:
    plant(root, "app/web/fields.py", "class Change: ...")
    assert problems(root, {"Change": "the reason"}) == []


def test_an_allowed_name_that_stands_once_is_found(root: Path) -> None:
    assert problems(root, {"Change": "the reason"}) == [
        "scripts/class_names.py: Change is allowed, but not repeated"
    ]


def test_a_record_and_its_api_schema_may_share_a_name(root: Path) -> None:
    plant(root, "app/web/api/targets/target_schemas.py", "class Change: ...")
    assert problems(root, {}) == []


@pytest.mark.parametrize(
    "others",
    [
        ["app/web/api/fields.py"],
        ["app/web/target_schemas.py"],
        ["app/web/api/target_schemas.py", "app/web/api/source_schemas.py"],
    ],
)
def test_other_files_are_no_record_with_its_schema(root: Path, others: list[str]) -> None:
    for name in others:
        plant(root, name, "class Change: ...")
    assert len(problems(root, {})) == 1


def test_a_nested_class_and_a_function_do_not_count(root: Path) -> None:
    plant(root, "app/web/fields.py", "class Form:\n    class Change: ...")
    plant(root, "app/web/forms.py", "def Change(): ...")
    assert problems(root, {}) == []
