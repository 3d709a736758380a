"""Processes of a benchmark: each runs ``python -m MODULE --worker DSN`` until it is ended."""

import signal
import subprocess
import sys


def start(module: str, dsn: str, *flags: str) -> subprocess.Popen[bytes]:
    """Returns when the process has printed its first line."""
    worker = subprocess.Popen(
        [sys.executable, "-m", module, "--worker", dsn, *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert worker.stdout is not None
    worker.stdout.readline()
    return worker


def end(worker: subprocess.Popen[bytes], sig: signal.Signals = signal.SIGTERM) -> None:
    worker.send_signal(sig)
    worker.wait()
    assert worker.stdout is not None
    worker.stdout.close()
