"""Writes a migration from the difference between the tables of app/db and the newest migration."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from app import folder
from app.db.migrate import make_revision, upgrade

__all__ = ["main"]


def main(message: str) -> int:
    versions = folder("migrations") / "versions"
    before = set(versions.glob("*.py"))
    with TemporaryDirectory() as scratch:
        url = f"sqlite:///{scratch}/fyr.db"
        upgrade(url)
        make_revision(url, message)
    (written,) = set(versions.glob("*.py")) - before
    ruff = Path(sys.executable).parent / "ruff"
    subprocess.run([ruff, "check", "--quiet", "--fix", written], check=False)
    subprocess.run([ruff, "format", "--quiet", written], check=True)
    print(f"{written}: read it, give it a downgrade, then:")
    print("python -m scripts.creation, make test T=tests/db")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
