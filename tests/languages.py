"""Languages that tests of one property look at: the source, another one, and a right-to-left one.

`tests/rendering/test_every_language.py` walks all of LANGUAGES.
"""

__all__ = ["SAMPLE"]

SAMPLE = ("en", "sv", "ar")
