from tests.cli.conftest import fyr

__all__ = ["fyr"]
