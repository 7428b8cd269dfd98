"""python -m orderctl."""

import sys

from orderctl.entry import main

if __name__ == "__main__":
    sys.exit(main())
