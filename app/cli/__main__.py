"""`python -m app.cli`: the `fyr` command without the installed script, for child processes."""

from app.cli import main

main()
