"""Runs the two certificate commands as the program would."""

import typer
from typer.testing import CliRunner, Result

from app.cli.judge import judge
from app.cli.probe import probe


def run(*arguments: str) -> Result:
    """What `fyr ARGUMENTS` does."""
    program = typer.Typer(pretty_exceptions_enable=False)
    program.command()(judge)
    program.command()(probe)
    return CliRunner().invoke(program, list(arguments), env={"COLUMNS": "200"})
