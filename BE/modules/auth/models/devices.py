import hashlib
from dataclasses import dataclass

from BE.core.context import network_of


@dataclass(frozen=True, slots=True)
class Device:
    """The device of a request, as far as the request shows it."""

    user_agent: str | None
    ip: str | None
    tokens: tuple[str, ...] = ()
    """The device tokens of earlier sign-ins, not verified."""

    @property
    def mark(self) -> bytes:
        """A digest that is equal for requests of one device at one address."""
        parts = (*self.tokens, self.network, self.user_agent or "")
        return hashlib.sha256("\x00".join(parts).encode()).digest()

    @property
    def network(self) -> str:
        """The network by which attempts are counted."""
        return network_of(self.ip)
