"""Data of CLDR for one language, without the parts that no page uses.

Babel keeps 1.1 MB in memory for each language that was used once; 0.4 MB of them are needed.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any

from babel import Locale, localedata

__all__ = ["load_locale", "reduce_locale_data"]

_UNUSED = (
    *("currency_names", "currency_names_plural", "currency_symbols", "currency_unit_patterns"),
    *("compact_currency_formats", "compact_decimal_formats", "compound_unit_patterns"),
    *("scientific_formats", "unit_display_names"),
)
# Units of the lengths of time; the others are of lengths, weights and so on.
_UNITS = "duration-"
# Names of time zones are shown in this width only. Where a language leaves a short name out, Babel
# would use the long one, “hora del meridiano de Greenwich”; without it, it returns the offset.
_WIDTH = "short"


def load_locale(identifier: str) -> Locale:
    """The locale with this identifier, such as `pt-br`.

    Raises UnknownLocaleError or ValueError when CLDR has no such locale.
    """
    locale = Locale.parse(identifier, sep="-")
    # Babel keeps this dictionary for every later use of the locale.
    data: dict[str, Any] = localedata.load(str(locale))
    reduce_locale_data(data)
    return locale


def reduce_locale_data(data: MutableMapping[str, Any]) -> None:
    """Remove the parts that no page uses; where a part is missing, nothing is added."""
    for name in _UNUSED:
        if name in data:
            data[name] = {}
    if "unit_patterns" in data:
        data["unit_patterns"] = {
            unit: patterns
            for unit, patterns in data["unit_patterns"].items()
            if unit.startswith(_UNITS)
        }
    for name in ("time_zones", "meta_zones"):
        if name in data:
            data[name] = {
                zone: _short(names) for zone, names in data[name].items() if _WIDTH in names
            }


def _short(names: Mapping[str, Any]) -> dict[str, Any]:
    return {_WIDTH: names[_WIDTH]}
