"""Metrics for operators, in the format of Prometheus. A new family is a function in families.py."""
