"""Pre-commit check of files: none has a secret, none is large.

`python -m scripts.commit_files FILE...` prints the problems, and exits with 1 when there are any.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from scripts.files import text_of

__all__ = ["main", "problems_of"]

_LARGEST_BYTES = 500_000
# A font for many scripts is larger, and changes rarely.
_LARGEST_FONT_BYTES = 1_000_000
_SECRETS = re.compile(
    r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"
    r"|\bfyr_[A-Za-z0-9_-]{43}\b"  # an API token of Fyr
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}\b"
    r"|\bxox[abprs]-[A-Za-z0-9-]{20,}"
)
# Keys that were made for tests are allowed below tests/.
_TEST_KEYS = re.compile(r"^tests/.*\.(?:key|pem|json)$")


def problems_of(files: Iterable[Path]) -> list[str]:
    """One line for each reason why `files` must not be committed."""
    found = []
    for file in files:
        largest = _LARGEST_FONT_BYTES if file.suffix == ".ttf" else _LARGEST_BYTES
        if file.stat().st_size > largest:
            found.append(f"{file}: larger than {largest // 1000} kB")
        text = text_of(file)
        if text and not _TEST_KEYS.match(file.as_posix()) and (match := _SECRETS.search(text)):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{file}:{line}: looks like a secret")
    return found


def main(names: list[str]) -> int:
    found = problems_of(Path(name) for name in names if Path(name).is_file())
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
