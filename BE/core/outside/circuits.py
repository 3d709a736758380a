"""Circuit breakers: a system that does not answer is not called for a moment."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import structlog
from circuitbreaker import STATE_CLOSED, STATE_HALF_OPEN, CircuitBreaker

from BE.core.outside.answers import CircuitOpen

log = structlog.get_logger(__name__)

_FAILURES = 5
_MOST = 1000

type Failures = tuple[type[Exception], ...]


class Circuit:
    """Opens when five calls in a row fail; after a pause one call may try."""

    def __init__(
        self,
        client: str,
        system: str,
        failures: Failures,
        changed: Callable[[], None],
        *,
        pause: float,
    ) -> None:
        """Errors of the types ``failures`` count; ``changed`` is called when it opens or closes.

        ``pause`` is in seconds.
        """
        self._names = {"client": client, "system": system}
        self._failures = failures
        self._changed = changed
        self._breaker = CircuitBreaker(_FAILURES, pause, expected_exception=failures)
        self._is_tried = False

    @property
    def is_open(self) -> bool:
        """Until a call succeeds."""
        return bool(self._breaker.state != STATE_CLOSED)

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Around a call. A cancelled one says nothing about the other system.

        Raises :class:`CircuitOpen`.
        """
        if self._breaker.opened or self._is_tried:
            raise CircuitOpen(f"{self._names['system']} did not answer before")
        tries = self._is_tried = self._breaker.state == STATE_HALF_OPEN
        try:
            yield
        except self._failures as failure:
            self._note(failure)
            raise
        else:
            self._note(None)
        finally:
            if tries:
                self._is_tried = False

    def _note(self, failure: Exception | None) -> None:
        was_open = self.is_open
        with suppress(*self._failures), self._breaker:
            if failure is not None:
                raise failure
        if self.is_open != was_open:
            if self.is_open:
                log.warning("circuit_opened", **self._names, reason=str(failure))
            else:
                log.info("circuit_closed", **self._names)
            self._changed()


class Circuits:
    """One for each system that a client calls, for the last thousand of them."""

    def __init__(
        self,
        client: str,
        failures: Failures,
        count_open: Callable[[str, int], None],
        *,
        pause: float = 3.0,
    ) -> None:
        self._client = client
        self._failures = failures
        self._count_open = count_open
        self._pause = pause
        self._circuits: OrderedDict[str, Circuit] = OrderedDict()

    def of(self, system: str) -> Circuit:
        if system not in self._circuits:
            circuit = Circuit(self._client, system, self._failures, self._report, pause=self._pause)
            self._circuits[system] = circuit
            if len(self._circuits) > _MOST:
                self._circuits.popitem(last=False)
                self._report()
        self._circuits.move_to_end(system)
        return self._circuits[system]

    def _report(self) -> None:
        self._count_open(self._client, sum(c.is_open for c in self._circuits.values()))
