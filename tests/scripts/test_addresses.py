from pathlib import Path

import pytest

from scripts.addresses import problems

HOST = "pypi.example"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements/dev.txt", f"--index-url https://mirror.example/{HOST}\n"),
        ("requirements/dev.txt", "--extra-index-url https://mirror.example/simple\n"),
        ("requirements/dev.txt", "--find-links /srv/wheels\n"),
        ("README.md", f"Packages come from https://{HOST}/simple.\n"),
        ("README.md", "See [the files](https://files.pythonhosted.example/x).\n"),
        ("templates/base.html", '<script src="//cdn.jsdelivr.example/x.js"></script>\n'),
        ("pyproject.toml", '[[tool.uv.index]]\nname = "ours"\n'),
        ("pip.conf", "index-url = https://mirror.example/\n"),
        (".npmrc", "registry = 'https://mirror.example/'\n"),
        ("uv.lock", "version = 1\n"),
    ],
)
def test_a_file_that_names_a_registry_is_found(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    assert [problem.split(":")[0] for problem in problems(tmp_path)] == [name]


def test_the_problem_has_the_line(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("one\n\n--index-url https://mirror.example/\n")
    assert problems(tmp_path) == ["a.md:3: names a package registry"]


def test_other_addresses_and_words_are_allowed(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(
        "uv.lock and PyPI are words; the registry of adapters is in app/monitors.\n"
        "https://example.com/registry-of-ships and 'fyr export' --index are not meant.\n"
    )
    (tmp_path / "a.png").write_bytes(b"\x89PNG\xff https://" + HOST.encode())
    assert problems(tmp_path) == []
