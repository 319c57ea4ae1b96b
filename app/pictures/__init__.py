"""Uploaded pictures: what they are by their bytes, and the same made anew so that it is safe.

Nothing that came in leaves again: pixels are encoded afresh, drawings are written from what was
understood of them.
"""
