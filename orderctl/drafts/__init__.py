"""Options and files to drafts, every problem at once.

options.py reads the command line, files.py a file of any size. source.py and encodings.py make its bytes text, table.py
and sheet.py (checked by sheetxml.py) a table, and headings.py says what its columns are; rows.py reads the orders of a
table, items.py finds those of a JSON file and objects.py reads them. batch.py prepares them, kept in a spool.py, and
rejects.py writes back what was not taken. values.py, style.py, currencies.py, clean.py, watch.py and jsontext.py are
about single values, changes.py about changes of orders that exist; example.py is the way back, advice.py what to do
next. csv and sqlite3 are imported when a file needs them, and all that has to do with files when a command names it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from orderctl.drafts.options import (
    DraftOptions,
    change_from_options,
    from_options,
    parse_columns,
    parse_line,
    parse_parameters,
    parse_settings,
)

if TYPE_CHECKING:
    from orderctl.drafts.batch import Batch, Prepare
    from orderctl.drafts.changes import change_of, key_of
    from orderctl.drafts.example import spreadsheet, template
    from orderctl.drafts.files import FORMATS, read, read_change

__all__ = [
    "FORMATS",
    "Batch",
    "DraftOptions",
    "Prepare",
    "change_from_options",
    "change_of",
    "from_options",
    "key_of",
    "parse_columns",
    "parse_line",
    "parse_parameters",
    "parse_settings",
    "read",
    "read_change",
    "spreadsheet",
    "template",
]


def __getattr__(name: str) -> Any:
    """Import what reads and writes files when it is first named; a third of a start for a command without one."""
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module(f"orderctl.drafts.{MODULES.get(name, 'files')}"), name)


MODULES = {
    "Batch": "batch",
    "Prepare": "batch",
    "change_of": "changes",
    "key_of": "changes",
    "spreadsheet": "example",
    "template": "example",
}
"""What is not in files.py."""
