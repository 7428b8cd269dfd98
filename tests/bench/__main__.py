"""The bench: `python -m tests.bench`, from the project's root. Rows, gates and aims are those of the speed budget.

Measure what users have: a real install in an environment of its own, named by --orderctl. httpie likewise.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

from tests.bench import bulk, lists, mapping, measure, planning, startup


def main() -> int:
    """Measure, print one table and write JSON if it is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--orderctl", default=str(Path(sys.executable).parent / "orderctl"), metavar="PATH")
    parser.add_argument("--httpie", default=shutil.which("http"), metavar="PATH", help="its command, http")
    parser.add_argument("--rounds", type=int, default=21, metavar="N", help="at least 11; 21 without it")
    parser.add_argument("--json", metavar="FILE", help="write the rows there")
    parser.add_argument(
        "--only", choices=("bulk", "lists", "mapping", "planning", "startup"), help="the rows of one part"
    )
    given = parser.parse_args()
    if given.rounds < 11:
        parser.error("--rounds: at least 11")
    orderctl = str(Path(given.orderctl).absolute())
    rows, notes = [], []
    for name, ratios, serving in (
        ("startup", startup.RATIOS, startup.commands(orderctl, httpie=given.httpie)),
        ("lists", lists.RATIOS, lists.commands(orderctl)),
        ("planning", planning.RATIOS, planning.commands(orderctl)),
        ("mapping", mapping.RATIOS, mapping.commands(orderctl)),
        ("bulk", bulk.RATIOS, bulk.commands(orderctl)),
    ):
        if given.only in {None, name}:
            with serving as (commands, unmeasured):
                rows += measure.results(ratios, measure.used(commands, rounds=given.rounds))
                notes += unmeasured
    sys.stdout.write(measure.table(rows) + "".join(f"not measured: {note}\n" for note in notes))
    if given.json:
        found = {"machine": measure.machine(), "rounds": given.rounds, "rows": rows, "notes": notes}
        Path(given.json).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
