"""Run the command line with `python -m cachelens`."""

from cachelens.cli.main import run

if __name__ == "__main__":
    run()
