"""Lists that people put in order: each row says its name, and buttons say which goes where.

The rows are fields called `row`, in the order in which they stand; `up` or `down` names the one to
move past its neighbour. Without either the order is taken as it stands.
"""

from app.web.console.kit.forms import Form

__all__ = ["rearranged"]


def rearranged(form: Form) -> tuple[list[str], str]:
    """The names in their new order, and the id of the button to go on with."""
    rows = list(form.all("row"))
    for button, step in (("up", -1), ("down", 1)):
        name = form.text(button)
        if name not in rows:
            continue
        here = rows.index(name)
        there = min(max(here + step, 0), len(rows) - 1)
        rows.insert(there, rows.pop(here))
        # At an end of the list only the other button is left.
        left = {0: "down", len(rows) - 1: "up"}.get(there, button)
        return rows, f"{left}-{name}"
    return rows, ""
