"""The only package that sends bytes, and the only importer of httpx; it re-exports what vendors need."""

from orderctl.http.client import Client, Clock, Timeouts
from orderctl.http.exchange import Effect, Reply, Request
from orderctl.http.reader import Reader
from orderctl.http.status import problem, unknown
from orderctl.http.trace import Trace
from orderctl.http.transports import DryRun, network, wsgi

__all__ = [
    "Client",
    "Clock",
    "DryRun",
    "Effect",
    "Reader",
    "Reply",
    "Request",
    "Timeouts",
    "Trace",
    "network",
    "problem",
    "unknown",
    "wsgi",
]
