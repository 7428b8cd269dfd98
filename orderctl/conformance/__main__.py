"""Run the conformance suite: `python -m orderctl.conformance NAME…`, with options of pytest's behind the names."""

import os
import sys
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path

from orderctl import sandbox
from orderctl.backend import registry
from orderctl.conformance import ENVIRON
from orderctl.conformance.cases import case
from orderctl.errors import ConfigError, OrderctlError, UsageError

SUITE = Path(__file__).with_name("suite.py")


def main(args: list[str]) -> int:
    """Run the suite for the vendors that `args` names and return pytest's exit code; 2 or 3 where it cannot be run."""
    try:
        names = _names(args)
    except OrderctlError as error:
        sys.stderr.write(f"orderctl.conformance: {error.message}\n" + (f"  hint: {error.hint}\n" if error.hint else ""))
        return error.exit_code
    import pytest  # noqa: PLC0415  (it may be missing, which was reported above)

    os.environ[ENVIRON] = " ".join(names)
    # of the folder that it is started in, neither pytest's settings nor a cache
    return int(pytest.main(["-c", os.devnull, "-p", "no:cacheprovider", str(SUITE), *args[len(names) :]]))


def _names(args: list[str]) -> list[str]:
    """Return the names before the options, each of a vendor with an emulator. Raises OrderctlError."""
    names = list(takewhile(lambda word: not word.startswith("-"), args))
    if not names:
        raise UsageError(
            "which vendor?", hint="python -m orderctl.conformance NAME [pytest's options]; all: orderctl vendors"
        )
    if find_spec("pytest") is None:
        raise ConfigError("the suite needs pytest", hint="python -m pip install 'orderctl[conformance]'")
    for name in names:
        registry.vendor(name)
        sandbox.emulator(name)
        case(name)
    return names


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
