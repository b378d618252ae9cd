"""``python -m checker``: the command line, as the container starts it."""

from checker.cli import main

main(prog_name="migration-checker")
