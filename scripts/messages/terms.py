"""Term file of a language, `locales/<tag>/terms.toml`: words for the core terms, and exceptions.

The core terms and their English forms are in `locales/en/terms.toml`.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.i18n.languages import SOURCE
from scripts.messages import phrasebook

__all__ = ["read", "skeleton", "term_file"]

_TABLES = """
# Quotation marks besides those of CLDR: quotes = "«»"
[typography]

# Messages that are equal in English and in this language: the English message = the reason.
[same]

# Labels that are more than 2.2 times as wide as the English ones: the English message = the reason.
[long]

# Words in letters of another script or alphabet: the word = the reason.
[foreign]

# Messages that need no form of a term: below [exempt.<term>], the English message = the reason.
[exempt]
"""


def term_file(root: Path, tag: str) -> Path:
    """The path of the term file of the language `tag`."""
    return phrasebook.file_of(root, tag).parents[1] / "terms.toml"


def read(root: Path, tag: str) -> dict[str, Any]:
    """The term file of the language `tag`; ValueError names the file when it is not TOML."""
    file = term_file(root, tag)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ValueError(f"{file.relative_to(root)}: {error}") from error
    if wrong := _wrong_entry(content):
        raise ValueError(f"{file.relative_to(root)}: {wrong}")
    return content


def _wrong_entry(content: Mapping[str, Any]) -> str:
    """What is wrong in a term file; empty when nothing is."""
    for term, forms in content.get("terms", {}).items():
        if not isinstance(forms, list) or not all(isinstance(each, str) for each in forms):
            return f"the forms of “{term}” are a list of texts, such as ['form', 'form*']"
    exempt = content.get("exempt", {})
    tables = [(name, content.get(name, {})) for name in ("same", "long", "foreign")]
    for name, table in (*tables, *((f"exempt.{term}", each) for term, each in exempt.items())):
        if not isinstance(table, dict):
            return f"[{name}] is a table: the message = the reason"
        for entry, reason in table.items():
            if not isinstance(reason, str) or not reason.strip():
                return f"[{name}] gives a reason for “{entry}” as a text"
    return ""


def skeleton(root: Path) -> str:
    """A term file without words: every core term, with an empty list of forms."""
    terms = read(root, SOURCE).get("terms", {})
    lines = [f"{_quoted(term)} = []\n" for term in terms]
    return (
        "# The words of this language for the core terms: the form of a label first, then all\n"
        "# other forms that messages need; `*` stands for any letters: “zertifikat*”.\n"
        f"[terms]\n{''.join(lines)}{_TABLES}"
    )


def _quoted(key: str) -> str:
    return key if key.isidentifier() else f'"{key}"'
