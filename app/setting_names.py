"""Names of settings: finds FYR_* variables that no setting reads, such as misspelt ones."""

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches

__all__ = ["ENV_FILE", "PREFIX", "unknown_names"]

PREFIX = "FYR_"
# Names the file of settings in place of .env.
ENV_FILE = "FYR_ENV_FILE"
# Read by commands and by deploy/upgrade.sh, not by Settings.
_OF_COMMANDS = frozenset({"FYR_IMPORT_TOKEN", "FYR_RELOAD", "FYR_ROOT", ENV_FILE})
# What Kubernetes and Docker set for each service whose name begins with "fyr", such as
# FYR_SERVICE_HOST and FYR_PORT_8000_TCP=tcp://10.0.0.1:8000.
_OF_ORCHESTRATORS = re.compile(
    r"FYR_(?:\w+_)?"
    r"(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:ADDR|PORT|PROTO))?)"
)
_LINK = re.compile(r"(?:tcp|udp|sctp)://\S+")


def unknown_names(variables: Mapping[str, str | None], settings: Collection[str]) -> list[str]:
    """One sentence for each FYR_* name of `variables` that is not among `settings`.

    It names the nearest setting. Names are compared in any case; values are not repeated.
    """
    found = {name.upper(): value for name, value in variables.items()}
    return [
        _sentence(name, settings)
        for name, value in sorted(found.items())
        if name.startswith(PREFIX)
        and name not in settings
        and name not in _OF_COMMANDS
        and not _is_of_orchestrator(name, value or "")
    ]


def _is_of_orchestrator(name: str, value: str) -> bool:
    if _OF_ORCHESTRATORS.fullmatch(name):
        return True
    return name.endswith("_PORT") and _LINK.fullmatch(value) is not None


def _sentence(name: str, settings: Collection[str]) -> str:
    nearest = get_close_matches(name, settings, n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else "docs/settings.md lists the settings"
    return f"{name} is not a setting of Fyr; {hint}"
