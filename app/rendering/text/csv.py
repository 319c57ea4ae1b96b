"""CSV lines for spreadsheets (RFC 4180), without cells that would be evaluated as formulas."""

import csv
import io
from collections.abc import Iterable

__all__ = ["BOM", "csv_line"]

# Without it, some spreadsheets do not detect UTF-8.
BOM = "\N{BYTE ORDER MARK}".encode()

# A cell that starts with one of these is a formula for spreadsheets.
# Source: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_line(cells: Iterable[str]) -> bytes:
    """One line in UTF-8. A cell that would be a formula is prefixed with an apostrophe."""
    written = io.StringIO()
    csv.writer(written).writerow([_escape_formula(cell) for cell in cells])
    return written.getvalue().encode("utf-8", "replace")


def _escape_formula(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
