"""Backups: the whole content of an installation in one file."""
