"""`skillkit` and `python -m skillkit`."""

import sys


def main() -> None:
    """The command line, also where the keyboard interrupts it before it has begun."""
    try:
        from skillkit.cli.app import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
