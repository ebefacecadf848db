"""`python -m service.cli` is the `mendletter` command; refuses to be anything more."""

from service.cli import main

if __name__ == "__main__":
    main()
