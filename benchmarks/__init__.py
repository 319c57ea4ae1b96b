"""Benchmarks: each prints figures and their ratio to a yardstick measured in the same run."""
