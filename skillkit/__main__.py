"""`python -m skillkit`."""

from skillkit.cli.app import main

main()
