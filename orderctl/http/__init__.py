"""The only package that sends bytes, and the only importer of httpx; it re-exports what other packages use."""

from orderctl.http.client import Client
from orderctl.http.clock import Clock
from orderctl.http.exchange import Effect, Reply, Request
from orderctl.http.rate import rate_file
from orderctl.http.reader import Reader
from orderctl.http.status import problem, unknown
from orderctl.http.transports import DryRun, network, proxy_for, wsgi

__all__ = [
    "Client",
    "Clock",
    "DryRun",
    "Effect",
    "Reader",
    "Reply",
    "Request",
    "network",
    "problem",
    "proxy_for",
    "rate_file",
    "unknown",
    "wsgi",
]
