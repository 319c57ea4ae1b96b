"""Every template compiles, and what it extends, includes or imports is there."""

from gettext import NullTranslations
from pathlib import Path

from jinja2 import Environment, TemplateError, meta

from app.rendering.environment import environment

__all__ = ["problems"]


def problems(root: Path) -> list[str]:
    jinja = environment(NullTranslations())
    folder = root / "templates"
    files = sorted(file for file in folder.rglob("*") if file.suffix in {".html", ".txt"})
    found = [] if files else ["templates/: there are no templates"]
    for file in files:
        name = file.relative_to(root).as_posix()
        found += [f"{name}: {problem}" for problem in _problems(jinja, folder, file)]
    return found


def _problems(jinja: Environment, folder: Path, file: Path) -> list[str]:
    source = file.read_text(encoding="utf-8")
    try:
        jinja.compile(source)
        needed = meta.find_referenced_templates(jinja.parse(source))
    except TemplateError as error:
        return [str(error)]
    # None stands for a name that is only known when the template runs.
    return [
        f"there is no {other}" for other in needed if other is None or not (folder / other).exists()
    ]
