"""Real chains and golden answers, which lie beside the project and are never copied into it."""

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_SHARED = _ROOT.parent / "shared" / "certificates"


def _beside(variable: str, usual: Path) -> Path:
    given = os.environ.get(variable)
    return _ROOT / given if given else usual


# Read when the tests are collected: each test then runs without any FYR_ variable.
CHAINS = _beside("FYR_REAL_CHAINS", _SHARED)
GOLDEN = _beside("FYR_GOLDEN", _SHARED / "golden.json.gz")
CASES = _beside("FYR_CASES", _ROOT.parent / "shared" / "cases")
GOLDEN_CERTIFICATES = _beside("FYR_GOLDEN_CERTIFICATES", _SHARED / "golden-certificates.pem.gz")


def needs(*files: Path) -> pytest.MarkDecorator:
    """Skips a test where one of these files is absent, naming it."""
    absent = [str(file) for file in files if not file.exists()]
    return pytest.mark.skipif(bool(absent), reason=f"not there: {', '.join(absent)}")
