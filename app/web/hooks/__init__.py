"""Where monitors call. docs/hooks.md describes it."""
