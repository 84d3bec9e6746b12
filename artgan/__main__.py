"""`python -m artgan` is the `artgan` command."""

import sys

from artgan.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
