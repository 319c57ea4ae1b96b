"""Links: URLs that visitors and staff can follow."""

import re

__all__ = ["has_user_info"]

# Browsers remove tabs and line breaks from a URL, and read backslashes as slashes.
_REMOVED = re.compile("[\t\r\n]")
_AUTHORITY = re.compile(r"\s*https?:[/\\]*([^/\\?#]*)", re.IGNORECASE)


def has_user_info(url: str) -> bool:
    """Whether an http or https URL has user information, as in `https://bank.example@evil.example`.

    It makes a link look like one to another host, or has a password in it.
    """
    authority = _AUTHORITY.match(_REMOVED.sub("", url))
    return authority is not None and "@" in authority[1]
