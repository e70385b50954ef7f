"""`python -m bouton` is the command line."""

from bouton.cli import main

if __name__ == "__main__":
    main()
