"""Who is told what a client does: the log, and the observers that the client was given."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rivet_client._common.log_setup import OBSERVERS, is_logged

if TYPE_CHECKING:
    from rivet_client.observers import Event, Figures, Observer

__all__ = ["Observers"]

_OF_CALLS = ("call_started", "attempt_started", "request_ended", "retry_scheduled", "call_ended")

_NONE: tuple[Observer, ...] = ()
_next_id = itertools.count(1).__next__


class Observers:
    """Hands events to the log and to a client's observers. Usable from any thread.

    Args:
        given: What the client was given.

    Raises:
        TypeError: That is no sequence of observers.

    Attributes:
        watches_calls: See `Tells`.
    """

    def __init__(self, given: object) -> None:
        self._told: dict[str, tuple[tuple[Observer, Callable[[Any], object]], ...]] = {}
        self._failed: set[tuple[int, str]] = set()
        self._log: Observer | None = None
        self._client = 0
        if given is not _NONE:  # the default loads nothing
            from rivet_client.observers import METHODS, Observer, check_observers

            observers = check_observers(given)
            for name in METHODS:
                told = [(one, getattr(one, name)) for one in observers if _overrides(one, name, Observer)]
                if told:
                    self._told[name] = tuple(told)
        self.watches_calls: bool = any(name in self._told for name in _OF_CALLS)

    def wants(self, name: str) -> bool:
        """See `Tells`."""
        return name in self._told or is_logged(name)

    def tell(self, name: str, event: Event) -> None:
        """Tell an event to the log and to all observers, whatever some of them raise.

        Raises:
            KeyboardInterrupt, SystemExit: An observer raised it, or it came meanwhile.
        """
        passing: BaseException | None = None
        if is_logged(name):
            if self._log is None:
                from rivet_client._common.logs import LogObserver

                self._log = LogObserver()
            getattr(self._log, name)(event)
        for observer, method in self._told.get(name, ()):
            try:
                method(event)
            except (KeyboardInterrupt, SystemExit) as error:
                passing = error
            except BaseException as error:
                self._report(observer, name, error)
        if passing is not None:
            raise passing

    def _report(self, observer: Observer, name: str, error: BaseException) -> None:
        """Log what an observer raised, the first time that this method of it raises."""
        if (id(observer), name) not in self._failed:
            self._failed.add((id(observer), name))
            OBSERVERS.error(
                "%s.%s raised; it is not logged again", type(observer).__name__, name, exc_info=error
            )

    # --- The client itself -------------------------------------------------------------------------------------

    def client_opened(
        self, endpoint: str, namespace: str, figures: Callable[[], Callable[[], Figures] | None]
    ) -> None:
        """Tell that the client was made; `figures` is a weak reference to its method."""
        if "client_opened" in self._told or "client_closed" in self._told:
            from rivet_client.observers import ClientOpened

            def look() -> Figures | None:
                method = figures()
                return None if method is None else method()

            self._client = _next_id()
            self.tell("client_opened", ClientOpened(self._client, endpoint, namespace, look))

    def client_closed(self) -> None:
        """Tell once that the client was closed."""
        if self._client:
            from rivet_client.observers import ClientClosed

            closed, self._client = ClientClosed(self._client), 0
            self.tell("client_closed", closed)


def _overrides(one: Observer, name: str, base: type[Observer]) -> bool:
    return getattr(type(one), name, None) is not getattr(base, name) or name in vars(one)
