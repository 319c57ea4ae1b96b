"""The catalogues: `update` them from code and templates, start a `new` one, `check` them all.

A language is offered only when its catalogue translates every phrase: no page is translated in
part. A change of a phrase comes with its translations into the languages of ALWAYS; the others are
not offered until it is translated.
"""

import re
import sys
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError

from app.i18n.catalogue_files import CONSOLE, MESSAGES
from app.i18n.languages import CONSOLE_LANGUAGES, LANGUAGES, SOURCE
from scripts.messages import language, phrasebook, terms
from scripts.messages.plural_forms import plural_forms
from scripts.messages.sheet import untranslated

__all__ = ["main", "problems", "start", "update"]

_ADVICE = "run `make i18n`"
_REGISTRY = "app/i18n/languages.py"
# Languages that every change of a phrase has to translate, by domain.
ALWAYS = {MESSAGES: ("sv", "ar"), CONSOLE: ("sv",)}
_NAMES = {MESSAGES: "REGISTERED", CONSOLE: "REGISTERED_FOR_CONSOLE"}


def problems(root: Path, *, languages: tuple[str, ...] | None = None) -> list[str]:
    """One line for each reason why a language must not be published.

    Looks at `languages`, by default at those that are offered and at those of ALWAYS.
    """
    wanted = {
        MESSAGES: dict.fromkeys(languages or (*LANGUAGES, *ALWAYS[MESSAGES])),
        CONSOLE: dict.fromkeys((*CONSOLE_LANGUAGES, *ALWAYS[CONSOLE])),
    }
    try:
        templates = phrasebook.extracted(root)
    except ValueError as error:
        return [str(error)]
    count = len(templates[MESSAGES])
    if count < phrasebook.MINIMUM:
        return [f"only {count} phrases were found, at least {phrasebook.MINIMUM} are there"]
    found = []
    for domain, template in templates.items():
        found += _problems_of_template(root, domain, template)
        for tag in (each for each in wanted[domain] if each != SOURCE and len(template)):
            name = tag if domain == MESSAGES else f"{tag} ({domain})"
            of_catalogue = _problems_of(root, tag, domain, template)
            found += [f"{name}: {problem}" for problem in of_catalogue]
    return found


def _problems_of_template(root: Path, domain: str, template: Catalog) -> list[str]:
    file = phrasebook.template_file(root, domain)
    committed = file.read_bytes() if file.exists() else b""
    if committed != phrasebook.text_of(template) and (committed or len(template)):
        return [f"locales/{file.name} does not say what the code says; {_ADVICE}"]
    return []


def _problems_of(root: Path, tag: str, domain: str, template: Catalog) -> list[str]:
    file = phrasebook.file_of(root, tag, domain)
    if not file.exists():
        more = "" if domain == MESSAGES else f" {domain}"
        return [f"there is no catalogue; run `make lang L={tag}{more}`"]
    try:
        catalog = phrasebook.read(file)
    except PoFileError as error:
        return [f"the catalogue cannot be read: {error}"]
    found = _differences(template, catalog)
    if catalog.plural_forms != (rule := plural_forms(tag).header):
        found.append(f"the header has another plural rule than CLDR, {rule}; {_ADVICE}")
    for message in catalog:
        if message.id:
            found += [f"{_name(message)}: {problem}" for problem in _gaps(catalog, message)]
    for message, errors in catalog.check():
        found += [f"{_name(message)}: {error}" for error in errors]
    return found + language.problems_of_catalogue(root, tag, catalog)


def _differences(template: Catalog, catalog: Catalog) -> list[str]:
    extracted, translated = (
        {_key(message) for message in book if message.id} for book in (template, catalog)
    )
    missing = [
        f"{key[1]}: is not in the catalogue; {_ADVICE}" for key in sorted(extracted - translated)
    ]
    return missing + [
        f"{key[1]}: the code no longer says it; {_ADVICE}" for key in sorted(translated - extracted)
    ]


def _gaps(catalog: Catalog, message: Message) -> list[str]:
    if message.fuzzy:
        return ["is fuzzy: look at it and take the mark away"]
    if not message.pluralizable:
        return [] if message.string else ["is not translated"]
    forms = message.string if isinstance(message.string, list | tuple) else (message.string,)
    translated = sum(1 for form in forms if form)
    if len(forms) != catalog.num_plurals or translated != catalog.num_plurals:
        return [f"has {translated} of {catalog.num_plurals} plural forms"]
    return []


def _key(message: Message) -> tuple[str, str, str]:
    ids = message.id if isinstance(message.id, list | tuple) else (message.id, "")
    return (message.context or "", str(ids[0]), str(ids[1]))


def _name(message: Message) -> str:
    return _key(message)[1]


def update(root: Path) -> None:
    """Write the phrases of the code into the templates and into every catalogue.

    Raises ValueError, and changes nothing, when fewer phrases than MINIMUM are found.
    """
    templates = phrasebook.extracted(root)
    count = len(templates[MESSAGES])
    if count < phrasebook.MINIMUM:
        raise ValueError(f"Only {count} phrases were found: nothing was changed.")
    (root / "locales").mkdir(exist_ok=True)
    for domain, template in templates.items():
        pot = phrasebook.template_file(root, domain)
        if len(template) or pot.exists():
            pot.write_bytes(phrasebook.text_of(template))
        for file in sorted((root / "locales").glob(f"*/LC_MESSAGES/{domain}.po")):
            catalog = phrasebook.read(file)
            # A fuzzy match would have to be found and removed again.
            catalog.update(template, no_fuzzy_matching=True)
            tag = str(catalog.locale).replace("_", "-").lower()
            phrasebook.write(file, tag, catalog)
            if missing := sum(1 for _ in untranslated(catalog)):
                print(f"{tag} ({domain}): {missing} messages to translate; not offered until then")


def start(root: Path, tag: str, domain: str = MESSAGES) -> Path:
    """Start a language: its catalogue, its term file and its line in the registry.

    Raises ValueError for a tag that CLDR does not have, for that of the language of the code, and
    when the catalogue exists.
    """
    if tag == SOURCE:
        raise ValueError(f"The messages in the code are in {tag}: it needs no catalogue.")
    try:
        Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"{tag} is no language tag like `de` or `pt-br`.") from error
    file = phrasebook.file_of(root, tag, domain)
    if file.exists():
        raise ValueError(f"{file} is there already.")
    phrasebook.write(file, tag, phrasebook.new(tag, phrasebook.extracted(root)[domain]))
    if not (words := terms.term_file(root, tag)).exists():
        words.write_text(terms.skeleton(root), encoding="utf-8")
    _register(root / _REGISTRY, tag, _NAMES[domain])
    return file


def _register(registry: Path, tag: str, name: str) -> None:
    """Add the line of the language `tag` to the tuple `name` of the registry."""
    code = registry.read_text(encoding="utf-8") if registry.exists() else ""
    entries = re.search(rf"(?ms)^{name}: tuple\[str, \.\.\.\] = \(\n(.*?)^\)", code)
    if entries and f'"{tag}",' not in entries[1].split():
        at = entries.end(1)
        registry.write_text(f'{code[:at]}    "{tag}",\n{code[at:]}', encoding="utf-8")


def main(words: list[str]) -> int:
    root = Path.cwd()
    match words:
        case ["update"]:
            update(root)
        case ["new", tag, *domain] if domain in ([], [CONSOLE]):
            file = start(root, tag.lower(), *domain).relative_to(root)
            print(f"{file} has no translations yet; docs/languages.md describes the next steps.")
        case ["check", *tags]:
            found = problems(root, languages=tuple(tags) or None)
            print("\n".join(found), file=sys.stderr)
            return 1 if found else 0
        case _:
            print(
                "python -m scripts.catalogues update | new TAG [console] | check [TAG...]",
                file=sys.stderr,
            )
            return 64
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ValueError as error:
        sys.exit(str(error))
