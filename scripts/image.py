"""Runs the steps of deploy/Dockerfile in an empty folder, on machines without Docker.

`python -m scripts.image` installs from the package index, so it takes a minute. It prints each
step, and fails when a step fails.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scripts.files import project_files

ROOT = Path(__file__).resolve().parent.parent
INSTALLED_IN = "/opt/fyr"


def steps(dockerfile: str) -> list[tuple[str, str]]:
    """Each instruction and its arguments, with continued lines joined."""
    lines = dockerfile.replace("\\\n", " ").splitlines()
    words = [line.partition(" ") for line in lines if line.strip() and not line.startswith("#")]
    return [(name, rest.strip()) for name, _, rest in words]


def main() -> int:
    found = steps((ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "fyr"
        for file in project_files(ROOT):
            copy = folder / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy)
        runs = [rest for kind, rest in found if kind == "RUN"]
        # Users and packages of the system are left as they are.
        for run in [rest for rest in runs if "useradd" not in rest and "apt-get" not in rest]:
            print(f"RUN {run}", flush=True)
            subprocess.run(["sh", "-ec", run], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (command,) = (json.loads(rest) for kind, rest in found if kind == "CMD")
        (check,) = (rest.partition(" CMD ")[2] for kind, rest in found if kind == "HEALTHCHECK")
        return _serve(folder, command, json.loads(check))


def _serve(folder: Path, command: list[str], check: list[str]) -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
    words = [word.replace(INSTALLED_IN, str(folder)) for word in [*command, "--port", port]]
    health = [word.replace(INSTALLED_IN, str(folder)).replace("8000", port) for word in check]
    data = folder.parent / "data"
    data.mkdir()
    print("CMD", *words, flush=True)
    environment = {"PATH": os.environ["PATH"], "FYR_DATA_DIR": str(data)}
    server = subprocess.Popen(words, cwd=data, env=environment)
    try:
        for _ in range(100):
            answer = subprocess.run(health, check=False, stderr=subprocess.DEVNULL)
            if answer.returncode == 0:
                print("HEALTHCHECK healthy")
                return 0
            time.sleep(0.2)
        return 1
    finally:
        server.terminate()
        server.wait(20)


if __name__ == "__main__":
    sys.exit(main())
