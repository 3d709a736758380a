"""Who is asking, from where, and under which request id: known to logs and events alike."""

from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID


@dataclass(slots=True)
class RequestContext:
    request_id: str
    client_ip: str | None = None
    actor_id: UUID | None = None


_current: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def current_request() -> RequestContext | None:
    """The request being served; ``None`` outside one (command line, background work)."""
    return _current.get()


def enter_request(context: RequestContext) -> None:
    _current.set(context)
