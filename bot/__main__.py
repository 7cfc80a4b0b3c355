"""The command line, also as `python -m bot`.

`inspect` has a way of its own, past the parser of all the other commands: importing that one takes a
tenth of the time in which a whole CT is read.
"""

import sys


def main() -> None:
    """Run the command that the arguments name."""
    if sys.argv[1:2] == ["inspect"]:
        from bot.inspect_command import inspect

        sys.exit(inspect(sys.argv[2:]))
    from bot.cli import main as run

    run()


if __name__ == "__main__":
    main()
