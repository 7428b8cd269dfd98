"""Options and files to drafts, every problem at once.

A package, not the one module of the plan: options.py (the command line), files.py (a file of any size: the Batch),
with rows.py (CSV) and objects.py (JSON) behind it, source.py (bytes to text), example.py (the way back), and values.py
and jsontext.py, what a word may hold. csv, tempfile and hashlib are imported when a file needs them.
"""

from orderctl.drafts.example import template
from orderctl.drafts.files import FORMATS, Batch, Check, read, read_change
from orderctl.drafts.options import (
    DraftOptions,
    change_from_options,
    from_options,
    parse_columns,
    parse_line,
    parse_settings,
)

__all__ = [
    "FORMATS",
    "Batch",
    "Check",
    "DraftOptions",
    "change_from_options",
    "from_options",
    "parse_columns",
    "parse_line",
    "parse_settings",
    "read",
    "read_change",
    "template",
]
