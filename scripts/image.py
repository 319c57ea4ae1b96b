"""Runs the steps of deploy/Dockerfile in an empty folder, on machines without Docker.

`python -m scripts.image` installs from the package index, so it takes minutes. It prints each
step and the size of what is copied into the image, and fails when a step fails.
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


def stages(dockerfile: str) -> list[list[tuple[str, str]]]:
    """The steps of each stage, of which FROM is the first."""
    found: list[list[tuple[str, str]]] = []
    for name, rest in steps(dockerfile):
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest))
    return found


def main() -> int:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    _base, build, system, final = stages(dockerfile)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "fyr"
        for file in project_files(ROOT):
            copy = folder / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy)
        # The steps of the next stage change users and packages of the system: these stay.
        runs = [rest for kind, rest in build if kind == "RUN" and "apt-get" not in rest]
        for run in runs:
            print(f"RUN {run}", flush=True)
            subprocess.run(["sh", "-ec", run], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        _keep_copied(folder, [rest for kind, rest in system if kind == "COPY"])
        (command,) = (json.loads(rest) for kind, rest in final if kind == "CMD")
        (check,) = (rest.partition(" CMD ")[2] for kind, rest in final if kind == "HEALTHCHECK")
        return _serve(folder, command, json.loads(check))


def _keep_copied(folder: Path, copies: list[str]) -> None:
    """Delete everything that is not copied into the system of the image."""
    kept = {folder / Path(rest.split()[-1]).relative_to(INSTALLED_IN) for rest in copies}
    for each in folder.iterdir():
        if each not in kept:
            shutil.rmtree(each) if each.is_dir() else each.unlink()
    sizes = [file.lstat().st_size for path in kept for file in path.rglob("*")]
    print(f"COPY {sum(sizes) / 1e6:.0f} MB in {len(sizes)} files", flush=True)


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
