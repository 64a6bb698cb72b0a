"""`python -m chartgym` is the command `chartgym`."""

from .cli import main

if __name__ == "__main__":
    main()
