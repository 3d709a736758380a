"""A process that kills itself."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any

from tests.support.processes.forked import run_async, run_forked
from tests.support.processes.server import PATIENCE, environment

SECRET = "a-secret-of-more-than-thirty-two-bytes"
_SETTINGS = {
    "ENVIRONMENT": "test",
    "JWT_SECRET": SECRET,
    "LOG_LEVEL": "WARNING",
    "RATE_LIMIT_ENABLED": "false",
}


async def until_killed(
    function: Callable[..., Coroutine[Any, Any, None]], *arguments: Any, **settings: Any
) -> None:
    """Run a function in a process with these settings; it must end by SIGKILL."""
    ended = await asyncio.to_thread(
        run_forked,
        run_async,
        function,
        *arguments,
        env=environment(**_SETTINGS | settings),
        timeout=PATIENCE,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
