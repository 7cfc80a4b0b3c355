"""`python -m bot` is the command line too."""

from bot.cli import main

if __name__ == "__main__":
    main()
