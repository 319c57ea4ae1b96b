"""Uploaded pictures: detection of the format by content, and conversion to a safe file.

Uploaded bytes are never served: pixels are encoded again, an SVG is serialized from its parsed
elements.
"""
