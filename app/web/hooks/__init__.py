"""Endpoints for requests of monitors; see docs/hooks.md."""
