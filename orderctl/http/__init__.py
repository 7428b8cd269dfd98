"""The only package that sends bytes, and the only importer of httpx; it re-exports what vendors need."""

from orderctl.http.client import Client, Clock, Effect, Reply, Request, Timeouts
from orderctl.http.status import problem
from orderctl.http.trace import Trace
from orderctl.http.transports import DryRun, network, wsgi

__all__ = [
    "Client",
    "Clock",
    "DryRun",
    "Effect",
    "Reply",
    "Request",
    "Timeouts",
    "Trace",
    "network",
    "problem",
    "wsgi",
]
