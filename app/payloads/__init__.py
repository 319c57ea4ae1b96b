"""Parsing of payloads, shared by all adapters: bodies, times, state words, mappings. Pure."""
