import asyncio
from collections.abc import Awaitable, Callable

import structlog

from BE.core.database.database import CannotListenError, Database
from BE.core.exceptions import UnavailableError

log = structlog.get_logger(__name__)

_RECONNECT_DELAY = 0.5


async def keep_listening(
    database: Database,
    channel: str,
    receive: Callable[[str], None],
    connected: Callable[[asyncio.Event], Awaitable[None]],
) -> None:
    """Call ``receive`` with each notification until this is cancelled; behind a pooler, return.

    ``connected`` runs with each new connection, for which earlier notifications are not repeated,
    and is given the event that is set when that connection is lost.
    """
    while True:
        try:
            async with database.listening(channel, receive) as lost:
                await connected(lost)
                await lost.wait()
        except UnavailableError:
            pass  # the poll fails too, and logs it
        except CannotListenError:
            return
        except Exception:
            log.exception("notifications_unheard", channel=channel)
        await asyncio.sleep(_RECONNECT_DELAY)
