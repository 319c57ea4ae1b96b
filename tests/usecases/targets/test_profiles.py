from pathlib import Path

import pytest

from app.trust.clients.profiles import shipped_profiles
from app.trust.errors import ProfileError
from app.usecases.targets.profiles import load_profiles
from tests.trust.authorities import make
from tests.trust.x509.test_chain import pem

SHIPPED = list(shipped_profiles())


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def test_without_a_folder_there_are_the_shipped_profiles(tmp_path: Path) -> None:
    assert list(load_profiles(None)) == SHIPPED
    assert list(load_profiles(tmp_path / "absent")) == SHIPPED


def test_an_operators_profile_comes_after_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "terminal.pem").write_bytes(pem(make("Root")))
    write(tmp_path, "b.toml", 'id = "b"\nroots = "terminal.pem"')
    write(tmp_path, "a.toml", 'id = "z"\nroots = "mozilla"')
    found = load_profiles(tmp_path)
    assert list(found) == [*SHIPPED, "z", "b"]
    assert found["b"].store.anchors[0].facts.name == "Root"


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ('id = "current"\nroots = "mozilla"', "id", "ships with Fyr"),
        ('id = "first"\nroots = "mozilla"', "id", r"in a\.toml"),
        ('id = "x"\nroots = "gone.pem"', "roots", r"gone\.pem"),
        ('id = "x"\nroots = "../secret.pem"', "roots", "bare name"),
        ('id = "x"\nroots = "\\u0000"', "roots", "PEM file"),
        ('id = "x"', "roots", "missing"),
        ("id", None, "not TOML"),
    ],
)
def test_a_wrong_file_is_named_with_its_field(
    tmp_path: Path, text: str, field: str | None, expected: str
) -> None:
    write(tmp_path, "a.toml", 'id = "first"\nroots = "mozilla"')
    write(tmp_path, "wrong.toml", text)
    with pytest.raises(ProfileError, match=rf"wrong\.toml: .*{expected}") as caught:
        load_profiles(tmp_path)
    assert caught.value.field == field


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProfileError, match=r"wrong\.toml: .*UTF-8"):
        load_profiles(tmp_path)
