"""Run the command line with `python -m cachelens`."""

from cachelens.cli.main import main

if __name__ == "__main__":
    main()
