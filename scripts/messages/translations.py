"""Translations of a language: print its `sheet`, `take` a filled sheet into its catalogue.

`make sheet L=de > de.txt` prints the messages, with comments and translations; `make take
F=de.txt` writes the filled sheet into the catalogue. Nothing is written when a message of the sheet
is unknown or a message of the catalogue has no translation: the messages are named.
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog

from app.i18n.catalogue_files import CONSOLE, MESSAGES
from scripts.messages import language, phrasebook, sheet
from scripts.messages.plural_forms import plural_forms

__all__ = ["main", "remarks", "show", "take"]

_USAGE = (
    "python -m scripts.messages.translations sheet TAG [console] [missing] | take FILE... [part]"
)


def show(root: Path, tag: str, domain: str = MESSAGES, *, missing: bool = False) -> str:
    """The sheet of a catalogue; `missing` leaves out the messages that are translated."""
    file = phrasebook.file_of(root, tag, domain)
    if not file.exists():
        raise ValueError(f"There is no catalogue {file.name} of {tag}: run `make lang L={tag}`.")
    catalog = phrasebook.read(file)
    messages = sheet.untranslated(catalog) if missing else None
    return sheet.render(catalog, f"{tag} {domain}", plural_forms(tag), messages)


def take(root: Path, files: list[Path], *, part: bool = False) -> list[str]:
    """Write filled sheets into their catalogues; the problems, and nothing is written then.

    A message without a translation is a problem unless the sheets are a `part` of the language.
    """
    parsed = [(file, _parse(file)) for file in files]
    catalogs = {each.name: _catalogue_of(root, each.name, file) for file, each in parsed}
    problems: list[str] = []
    for file, each in parsed:
        path, tag, catalog = catalogs[each.name]
        problems += [f"{file}: {line}" for line in sheet.merge(catalog, plural_forms(tag), each)]
    for name, (_, _, catalog) in catalogs.items():
        names = [" | ".join(filter(None, sheet.key_of(it))) for it in sheet.untranslated(catalog)]
        problems += [] if part else [f"{name}: {each}: is not translated" for each in names]
    if not problems:
        for path, tag, catalog in catalogs.values():
            phrasebook.write(path, tag, catalog)
    return problems


def remarks(root: Path, files: list[Path]) -> list[str]:
    """What `make check` says about the texts of the catalogues into which sheets were taken."""
    found = []
    for name in dict.fromkeys(_parse(file).name for file in files):
        path, tag, catalog = _catalogue_of(root, name, files[0])
        rest = language.problems_of_catalogue(root, tag, catalog)
        found += [f"{path.relative_to(root)}: written; {len(rest)} remarks", *rest]
    return found


def _parse(file: Path) -> sheet.Sheet:
    try:
        return sheet.parse(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise ValueError(f"{file}: {error}") from error


def _catalogue_of(root: Path, name: str, file: Path) -> tuple[Path, str, Catalog]:
    tag, _, domain = name.partition(" ")
    try:
        path = phrasebook.file_of(root, tag, domain)
        catalog = phrasebook.read(path)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{file}: there is no catalogue “{name}”; `make lang L={tag}` starts one."
        ) from error
    return path, tag, catalog


def main(words: list[str]) -> int:
    root = Path.cwd()
    options = {each for each in words if each in (CONSOLE, "missing", "part")}
    match [each for each in words if each not in options]:
        case ["sheet", tag] if "part" not in options:
            domain = CONSOLE if CONSOLE in options else MESSAGES
            print(show(root, tag.lower(), domain, missing="missing" in options), end="")
        case ["take", *files] if files and options <= {"part"}:
            paths = [Path(each) for each in files]
            if refused := take(root, paths, part="part" in options):
                print("\n".join(refused), file=sys.stderr)
                return 1
            print("\n".join(remarks(root, paths)))
        case _:
            print(_USAGE, file=sys.stderr)
            return 64
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ValueError as error:
        sys.exit(str(error))
