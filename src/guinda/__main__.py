"""`python -m guinda` is the `guinda` command."""

from guinda.config.cli import main

main()
