"""Names of the environment variables that stand for secrets in a dumped configuration."""

import re

__all__ = ["VariableNames"]


class VariableNames:
    """Makes names, each once. `used` has them in order."""

    def __init__(self) -> None:
        self.used: list[str] = []

    def new(self, owner: str, what: str) -> str:
        """A name for a secret of `owner`, such as PROMETHEUS_SECRET."""
        plain = re.sub(r"[^A-Z0-9]+", "_", owner.upper()).strip("_") or "FYR"
        base = f"{plain}_{what}" if not plain[0].isdigit() else f"FYR_{plain}_{what}"
        name, number = base, 1
        while name in self.used:
            number += 1
            name = f"{base}_{number}"
        self.used.append(name)
        return name
