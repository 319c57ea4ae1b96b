"""Lines of a table for spreadsheets (RFC 4180): whatever a cell says, it calculates nothing."""

import csv
import io
from collections.abc import Iterable

__all__ = ["BOM", "csv_line"]

# Without it, some spreadsheets take UTF-8 for something else.
BOM = "\N{BYTE ORDER MARK}".encode()

# What spreadsheets take for the beginning of a formula.
# Source: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_line(cells: Iterable[str]) -> bytes:
    """One line in UTF-8. A cell that would be a formula begins with an apostrophe."""
    written = io.StringIO()
    csv.writer(written).writerow([_harmless(cell) for cell in cells])
    return written.getvalue().encode("utf-8", "replace")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
