"""`python -m app.cli`: the fyr command without its script, for child processes."""

from app.cli import main

main()
