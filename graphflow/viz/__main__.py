"""`python -m graphflow.viz model.pb -o graph.html`."""

import sys

from graphflow._launcher import picture

if __name__ == "__main__":
    sys.exit(picture.main(sys.argv[1:]))
