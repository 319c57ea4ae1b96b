"""A command loads what it needs and nothing else."""

import subprocess
import sys

import pytest

# What takes long to import.
HEAVY = ("sqlalchemy", "fastapi", "babel", "cryptography", "alembic", "asyncio")
# What only some processes ever use: docs/adr/0015.
SELDOM = ("httpx", "webauthn", "authlib", "joserfc", "segno", "rich", "alembic", "OpenSSL", "PIL")


@pytest.mark.parametrize(("command", "without"), [("serve", HEAVY), ("migrate", ("fastapi",))])
def test_a_command_loads_its_own_module_only(command: str, without: tuple[str, ...]) -> None:
    program = (
        "import sys; sys.argv = ['fyr', sys.argv[1], '--help']\n"
        "from app.cli import main\n"
        "try: main()\n"
        "finally: print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    told = subprocess.check_output([sys.executable, "-c", program, command], text=True)
    assert f"fyr {command}" in told
    assert set(told.splitlines()[-1].split()) & set(without) == set()


def test_the_application_comes_without_what_few_processes_need() -> None:
    program = (
        "import gc, sys; gc.disable(); import app.main\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    told = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert set(told.split()) & set(SELDOM) == set()
    assert "fastapi" in told
