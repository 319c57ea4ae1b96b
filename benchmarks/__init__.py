"""Measurements: each prints a ratio against its yardstick, measured in the same run."""
