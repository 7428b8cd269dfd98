"""The part of a client that a vendor's backend gets: it reads and waits, and has no way to write."""

from collections.abc import Callable

from orderctl.http.exchange import Reply, Request


class Reader:
    """Sends reads. Thread-safe, as its client is."""

    __slots__ = ("__pause", "__read")

    def __init__(self, read: Callable[[Request], Reply], pause: Callable[[float], None]) -> None:
        self.__read, self.__pause = read, pause

    def read(self, request: Request) -> Reply:
        """Return the reply to a read, whatever its status.

        Raises Temporary (NotSent, BadAnswer) when all four tries failed, ConfigError, DeadlinePassed.
        """
        return self.__read(request)

    def pause(self, seconds: float) -> None:
        """Wait before the next read of a poll. Raises DeadlinePassed at once where the run would be over by then."""
        self.__pause(seconds)
