import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from BE.core.context import network_of
from BE.core.text import without_unprintable

_USER_AGENT_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Device:
    """The device of a request, as far as the request identifies it."""

    user_agent: str | None
    ip: str | None
    tokens: tuple[str, ...] = ()
    """The device tokens of earlier sign-ins, not verified."""

    @classmethod
    def of(cls, user_agent: str, ip: str | None, tokens: Sequence[str]) -> Self:
        """``user_agent`` is the request's header, empty without one."""
        shown = without_unprintable(user_agent[:_USER_AGENT_LENGTH])
        return cls(shown or None, ip, tuple(tokens))

    @property
    def mark(self) -> bytes:
        """A digest that is equal for requests of one device at one address."""
        parts = (*self.tokens, self.network, self.user_agent or "")
        return hashlib.sha256("\x00".join(parts).encode()).digest()

    @property
    def network(self) -> str:
        """The network by which attempts are counted."""
        return network_of(self.ip)
