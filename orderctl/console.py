#!python
"""The installed `orderctl`: installed as a script of our own, because the wrapper that pip writes imports `re`."""

import sys

from orderctl.entry import main

if __name__ == "__main__":
    sys.exit(main())
