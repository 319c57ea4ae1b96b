"""Registry of channels: one file and one registry line per kind."""

from collections.abc import Mapping
from types import MappingProxyType

from app.ports.channel import Channel

__all__ = ["CHANNELS"]

CHANNELS: Mapping[str, Channel] = MappingProxyType({})
