"""The answer of another system, or why there is none."""

import json
from dataclasses import dataclass
from typing import Any, ClassVar, Self

_OK = 200


class CallFailed(Exception):
    """There is no usable answer. The message says why, without what was sent."""

    outcome: ClassVar[str] = "failed"


class NoAnswer(CallFailed):
    """The other system was not reached, or did not answer in time."""


class AddressRefused(CallFailed):
    """The address is not one that this call may go to."""

    outcome = "refused"


class CircuitOpen(CallFailed):
    """The other system failed repeatedly, so it is not called for a moment."""

    outcome = "skipped"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    @property
    def is_ok(self) -> bool:
        return self.status == _OK

    @property
    def outcome(self) -> str:
        """The label under which it is counted."""
        if self.status >= 500:  # noqa: PLR2004 - HTTP's classes
            return "failed"
        return "rejected" if self.status >= 400 else "answered"  # noqa: PLR2004

    def require_ok(self) -> Self:
        """Raises :class:`CallFailed`."""
        if not self.is_ok:
            raise CallFailed(f"status {self.status}")
        return self

    def json(self) -> Any:
        """Raises :class:`CallFailed`."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise CallFailed("no JSON") from None
