"""Docstrings and comments of app/ use technical terms, and none of the words in FORBIDDEN.

A metaphor, or a reference to other text such as "the same", is understood only by a reader who
knows its author or has read the code around it.

wording_exempt.txt lists the files that do not comply yet: the help texts of two commands. `python
-m scripts.wording` prints the list anew; remove it from the project when it is empty.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path

from scripts.files import project_files

__all__ = ["FORBIDDEN", "main", "problems"]

# Regular expression of the words -> what to write instead.
FORBIDDEN: Mapping[str, str] = {
    "as above": "name what is meant",
    "asleep|leisure": "name the state",
    "both": "name the two things",
    "desks?|doors?|houses?|shelf|shelves|tongues?": "use the term of the glossary",
    "he|him|his|himself|whoever": "name the role: the user, the visitor, the caller",
    "said|tells?|telling|told": "use a verb of the field: return, report, show, notify",
    "the same": "name what is equal or identical",
}
_FORBIDDEN = re.compile(rf"(?<![\w`\"'-])(?:{'|'.join(FORBIDDEN)})(?![\w`\"'-])", re.IGNORECASE)
_EXEMPT = "scripts/wording_exempt.txt"


def problems(root: Path) -> list[str]:
    file = root / _EXEMPT
    exempt = set(file.read_text(encoding="utf-8").split()) if file.exists() else set()
    return [
        f"{name}:{line}: “{word}” in a docstring or comment: {_advice(word)}"
        for name, line, word in _violations(root)
        if name not in exempt
    ]


def _violations(root: Path) -> Iterator[tuple[str, int, str]]:
    """The file, the line and the word of each violation."""
    for file in project_files(root / "app"):
        if file.suffix == ".py":
            name = file.relative_to(root).as_posix()
            for line, word in _found(file.read_text(encoding="utf-8")):
                yield name, line, word


def _advice(word: str) -> str:
    return next(text for words, text in FORBIDDEN.items() if re.fullmatch(words, word, re.I))


def _found(source: str) -> Iterator[tuple[int, str]]:
    """The line and the word of each occurrence, also of words that a line break separates."""
    for start, text in sorted([*_docstrings(source), *_comments(source)]):
        for match in _FORBIDDEN.finditer(text.replace("\n", " ")):
            yield start + text.count("\n", 0, match.start()), match[0]


def _docstrings(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            continue
        if isinstance(text := node.value.value, str):
            # Without indentation, words that a line break separates are one space apart.
            yield node.lineno, re.sub(r"\n *", "\n", text)


def _comments(source: str) -> Iterator[tuple[int, str]]:
    """Each comment; consecutive lines of one comment are one text."""
    block: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        if block and token.start[0] != last + 1:
            yield last - len(block) + 1, "\n".join(block)
            block = []
        block.append(token.string.lstrip("# "))
        last = token.start[0]
    if block:
        yield last - len(block) + 1, "\n".join(block)


def main() -> None:
    print("\n".join(sorted({name for name, _, _ in _violations(Path.cwd())})))


if __name__ == "__main__":
    main()
