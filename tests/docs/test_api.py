"""docs/api.md documents every error code, and no other."""

import re
from pathlib import Path

from tests.docs.codes import error_codes

ROOT = Path(__file__).resolve().parent.parent.parent
SECTION = re.compile(r"^## Error codes$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def documented() -> set[str]:
    found = SECTION.search((ROOT / "docs" / "api.md").read_text(encoding="utf-8"))
    assert found is not None
    return set(re.findall(r"^\| `([a-z_]+)` \|", found[1], re.MULTILINE))


def test_every_error_code_is_documented() -> None:
    assert error_codes(ROOT / "app") - documented() == set()


def test_every_documented_error_code_exists() -> None:
    assert documented() - error_codes(ROOT / "app") == set()


def test_a_code_is_found_in_every_place_that_can_set_one(tmp_path: Path) -> None:
    for layer in ("domain", "pictures", "usecases", "web"):
        (tmp_path / layer).mkdir()
    (tmp_path / "domain" / "errors.py").write_text('class InvalidError:\n    code = "invalid"\n')
    (tmp_path / "usecases" / "a.py").write_text('raise InvalidError("No.", code="slug_taken")\n')
    (tmp_path / "web" / "b.py").write_text(
        "_CODES: dict[int, str] = {404: 'not_found'}\n_CODES.get(418, "
        "'refused')\n_FAULTS = {'missing': ('missing', 'This field is "
        "required.')}\nclass Fault:\n    field: str\n    code: str\nclass RefusedError:\n   "
        " def __init__(self, status: int, code: str): ...\ndef _refuse(code: str): "
        "raise RefusedError(400, code)\n_refuse('bad_json' if text else "
        "'no_json')\nRefusedError(413, 'too_large')\nFault('name', "
        "'too_short')\nprint('not_a_code')\n"
    )
    assert error_codes(tmp_path) == {
        *("invalid", "slug_taken", "not_found", "missing", "bad_json", "no_json"),
        *("too_large", "too_short", "refused"),
    }
