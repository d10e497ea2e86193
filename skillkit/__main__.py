"""`python -m skillkit`."""

import sys

try:
    from skillkit.cli.app import main
except KeyboardInterrupt:  # before there is anything to interrupt
    sys.exit(130)

main()
