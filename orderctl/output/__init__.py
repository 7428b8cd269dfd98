"""The only place that prints: tables, JSON, JSON Lines, CSV, ids, errors, prompts and progress."""

from orderctl.output.output import Output

__all__ = ["Output"]
