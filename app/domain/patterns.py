"""Regular expressions of configurations, on RE2: its time is linear in the text.

Syntax: https://github.com/google/re2/wiki/Syntax. Backreferences and lookarounds do not exist.
"""

import re
from functools import lru_cache
from typing import Protocol

__all__ = ["MAX_PATTERN", "CompiledPattern", "PatternError", "compile_pattern"]

MAX_PATTERN = 500
# Bytes for the program and its caches; RE2's own default is 8 MiB.
_MAX_MEMORY = 1 << 20


_TOO_OFTEN = re.compile(r"\{[0-9,]*[0-9]{5}")


class PatternError(ValueError):
    """The text is no regular expression of RE2. The message gives RE2's reason."""


class PatternMatch(Protocol):
    """Match of a pattern; `group(0)` is the whole of it."""

    def group(self, number: int, /) -> str | None:
        """Text of a group, None if the group has no part in the match."""


class CompiledPattern(Protocol):
    """Compiled pattern with `groups` capturing groups."""

    @property
    def groups(self) -> int:
        """Number of capturing groups."""

    def search(self, text: str, /) -> PatternMatch | None:
        """Find the leftmost match; None without one. The text has no lone surrogates."""

    def fullmatch(self, text: str, /) -> PatternMatch | None:
        """Match the whole text; None if it does not match. The text has no lone surrogates."""


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str, *, ignore_case: bool = False) -> CompiledPattern:
    """Compile a pattern of at most MAX_PATTERN characters. Raises PatternError.

    With `ignore_case` letters match in either case, and a dot matches a line end too.
    """
    if len(pattern) > MAX_PATTERN:
        raise PatternError(f"it has more than {MAX_PATTERN} characters")
    if _TOO_OFTEN.search(pattern):
        # RE2 refuses more than 1,000 repetitions, but takes a number that is too long for text.
        raise PatternError("bad repetition operator")
    import re2

    options = re2.Options()
    options.max_mem = _MAX_MEMORY
    options.log_errors = False
    options.case_sensitive = not ignore_case
    options.dot_nl = ignore_case
    try:
        compiled: CompiledPattern = re2.compile(pattern, options)
    except (re2.error, UnicodeError) as error:
        reason = error.args[0] if error.args else "it cannot be read"
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise PatternError(text) from error
    return compiled
