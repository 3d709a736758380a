"""Vite, which serves the pages in development and updates them as they change."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import typer

from BE.core.urls import address_of
from commands.front_end import FE, Unavailable, fetch_tools
from config import Settings

_PORT = 5173
_PATIENCE = 5
_POLL = 0.05


@contextmanager
def vite_running(settings: Settings) -> Iterator[str | None]:
    """The URL of the pages during the block; ``None`` if the API runs alone."""
    if not FE.is_dir():
        yield None
        return
    try:
        environment = fetch_tools().environment
    except Unavailable as error:
        typer.echo(f"{error}: the API is served alone.", err=True)
        yield None
        return
    port = _free_port(settings.host)
    options = ("--host", settings.host, "--port", str(port), "--strictPort", "--logLevel", "warn")
    vite = subprocess.Popen(
        [FE / "node_modules/.bin/vite", *options, "--clearScreen", "false"],
        cwd=FE,
        env=environment | {"API_URL": address_of(settings.host, settings.port)},
        stdin=subprocess.DEVNULL,  # the terminal belongs to the API
    )
    try:
        pages = address_of(settings.host, port)
        if _accepts(vite, pages):
            typer.echo(f"\n  Open {pages}: its pages follow each change of FE/.", err=True)
            yield pages
        else:
            code = vite.returncode
            typer.echo(f"Vite has ended (exit code {code}): the API is served alone.", err=True)
            yield None
    finally:
        vite.terminate()
        try:
            vite.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            vite.kill()
            vite.wait()


def _accepts(vite: subprocess.Popen[bytes], pages: str) -> bool:
    """Wait until it accepts connections or has ended; return whether it accepts them."""
    address = urlsplit(pages)
    while vite.poll() is None:
        try:
            socket.create_connection((address.hostname or "", address.port or 0), _PATIENCE).close()
        except OSError:
            time.sleep(_POLL)
        else:
            return True
    return False


def _free_port(host: str) -> int:
    """Vite's usual port, or any other if that is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in (_PORT, 0):
        try:
            with socket.create_server((host, port), family=family) as listener:
                free: int = listener.getsockname()[1]
                return free
        except OSError:
            continue
    return _PORT
