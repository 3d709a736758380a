"""The signals that ask a process to stop."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def exit_on_stop_signals(*, exit_code: int = 0) -> None:
    """Exit on Ctrl-C or SIGTERM; a further signal does not disturb the clean-up."""

    def leave(_: int, __: FrameType | None) -> NoReturn:
        ignore_stop_signals()
        raise SystemExit(exit_code)

    for number in STOP_SIGNALS:
        signal.signal(number, leave)


@contextmanager
def stopped_by_signal(*, exit_code: int = 0) -> Iterator[None]:
    """Leave the block on Ctrl-C or SIGTERM; a further signal does not disturb the clean-up."""
    exit_on_stop_signals(exit_code=exit_code)
    yield


def ignore_stop_signals() -> None:
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
