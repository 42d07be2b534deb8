"""`python -m graphflow script.py`."""

import sys

from graphflow._launcher import main

if __name__ == "__main__":
    sys.exit(main.main(sys.argv[1:]))
