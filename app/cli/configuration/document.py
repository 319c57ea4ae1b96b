"""Document of the configuration: YAML, whose parts have the fields of the API.

`${NAME}` in a text stands for an environment variable, `$${` for `${`.
"""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StrictBool, ValidationError

from app.cli.configuration.faults import sentences_of
from app.domain.errors import InvalidError
from app.importing.files.yaml_text import parse_yaml
from app.web.api.fields import RequestSchema, Slug
from app.web.api.notifications.channel_schemas import ChannelChange
from app.web.api.page.page_schemas import PageChange
from app.web.api.rooms.room_schemas import NewRoom
from app.web.api.services.service_schemas import NewGroup, NewService
from app.web.api.sources.route_schemas import NewRoute
from app.web.api.sources.source_schemas import NewSource
from app.web.api.targets.target_schemas import NewTarget

__all__ = [
    "Configuration",
    "ConfiguredService",
    "ConfiguredSource",
    "ConfiguredTarget",
    "escaped",
    "read_configuration",
]

_VARIABLE = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{")


class ConfiguredService(NewService):
    """A service, and the other names that monitors use for it."""

    slug: Slug
    aliases: Annotated[tuple[str, ...] | None, Field(max_length=1000)] = None


class ConfiguredTarget(NewTarget):
    """A target; its host and port identify it."""

    paused: StrictBool = False


class ConfiguredRoute(NewRoute):
    """A route of the source that it belongs to, or of any source."""

    source: None = None


class ConfiguredSource(NewSource):
    """A source; its name identifies it."""

    enabled: StrictBool = True
    routes: Annotated[tuple[ConfiguredRoute, ...] | None, Field(max_length=100)] = None  # type: ignore[assignment]


class Configuration(RequestSchema):
    """All parts. A part that is left out stays as it is."""

    page: PageChange | None = None
    groups: tuple[NewGroup, ...] | None = None
    services: tuple[ConfiguredService, ...] | None = None
    targets: tuple[ConfiguredTarget, ...] | None = None
    sources: tuple[ConfiguredSource, ...] | None = None
    routes: tuple[ConfiguredRoute, ...] | None = None
    channels: dict[str, ChannelChange] | None = None
    rooms: tuple[NewRoom, ...] | None = None


def read_configuration(path: Path) -> Configuration:
    """The configuration in a file. Raises InvalidError with every fault, a line each."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidError(f"{path} cannot be read: {error.strerror}.") from None
    stated = parse_yaml(content, path.name, is_strict=True)
    if not isinstance(stated, dict):
        raise InvalidError(f"{path.name} has no parts such as page: or services:.")
    unset: list[str] = []
    values = _with_variables(stated, unset)
    if unset:
        names = ", ".join(dict.fromkeys(unset))
        raise InvalidError(f"{path.name}: these environment variables are not set: {names}.")
    try:
        return Configuration.model_validate(values)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        schema = Configuration.model_json_schema()
        shown = sentences_of(errors, content.decode("utf-8-sig"), schema)
        raise InvalidError(f"{path.name}: {' '.join(shown)}") from None


def escaped(value: object) -> object:
    """A value as it is written to a document, in which `${` stands for a variable."""
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, Mapping):
        return {str(name): escaped(each) for name, each in value.items()}
    if isinstance(value, Sequence):
        return [escaped(each) for each in value]
    return value


def _with_variables(value: Any, unset: list[str]) -> Any:  # noqa: ANN401  # YAML
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: _variable(found, unset), value)
    if isinstance(value, dict):
        return {name: _with_variables(each, unset) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_variables(each, unset) for each in value]
    return value


def _variable(found: re.Match[str], unset: list[str]) -> str:
    name = found[1]
    if name is None:
        # "$${" is escaped; "${" before something that is no name is meant as it is.
        return "${"
    value = os.environ.get(name)
    if value is None:
        unset.append(name)
        return ""
    return value
