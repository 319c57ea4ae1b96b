"""Reading what monitors send: bodies, times, words, mappings. Pure; shared by all adapters."""
