"""`map` blocks of nginx, and those that find the language of a visitor."""

from collections.abc import Mapping, Sequence

from app.export.nginx.language_regex import accept_language_pattern, language_patterns

__all__ = ["language_maps", "map_block"]


def map_block(source: str, name: str, cases: Mapping[str, str], default: str = "") -> str:
    """Map block that sets the variable `name`, such as `$fyr_text`, by the value of `source`."""
    lines = [f'    "{case}" "{value}";' for case, value in cases.items()]
    return "\n".join([f"map {source} {name} {{", *lines, f'    default "{default}";', "}"])


def language_maps(kind: str, languages: Sequence[str], default: str) -> str:
    """Map blocks for the language of a visitor, with names that begin with `$fyr_` and `kind`.

    `asked` is the language in the query, and `wished` that one or the browser's.
    """
    cases = {f"~*{pattern}": tag for pattern, tag in language_patterns(languages)}
    range_pattern = accept_language_pattern(languages, f"fyr_{kind}r")
    names = {
        name: f"$fyr_{kind}{name}" for name in ("lang", "asked", "range", "accepted", "wished")
    }
    return "\n".join(
        [
            map_block("$arg_lang", names["lang"], cases),
            map_block("$arg_locale", names["asked"], cases, names["lang"]),
            map_block(
                "$http_accept_language", names["range"], {f"~*{range_pattern}": f"$fyr_{kind}r"}
            ),
            map_block(names["range"], names["accepted"], cases, default),
            map_block(names["asked"], names["wished"], {"": names["accepted"]}, names["asked"]),
        ]
    )
