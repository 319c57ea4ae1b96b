"""What operators watch, as Prometheus reads it. A new family: a function in `families.py`."""
