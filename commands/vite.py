"""Vite, which serves the pages in development and updates them as they change."""

import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread
from typing import IO, cast

import typer

from BE.core.urls import address_of
from commands.front_end import FE, Unavailable, fetch_tools
from config import Settings

_ADDRESS = re.compile(rb"(?:Local|Network):\s+https?://\S+:(\d+)/")
_PATIENCE = 5


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
    api = address_of(settings.host, settings.port)
    vite = subprocess.Popen(
        [FE / "node_modules/.bin/vite", "--host", settings.host, "--clearScreen", "false"],
        cwd=FE,
        env=environment | {"API_URL": api, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,  # the terminal belongs to the API
        stdout=subprocess.PIPE,  # faults are on the other output
    )
    found = Future[int | None]()
    Thread(target=_read, args=(cast("IO[bytes]", vite.stdout), found), daemon=True).start()
    try:
        port = found.result()
        if port is not None:
            pages = address_of(settings.host, port)
            typer.echo(f"\n  Open {pages}: its pages follow each change of FE/.", err=True)
            yield pages
        else:
            code = vite.wait()
            typer.echo(f"Vite has ended (exit code {code}): the API is served alone.", err=True)
            yield None
    finally:
        vite.terminate()
        try:
            vite.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            vite.kill()
            vite.wait()


def _read(output: IO[bytes], port: Future[int | None]) -> None:
    """Find the port that Vite took, the first free one from its usual; ``None`` if it ends before.

    Reads on after that, as a full pipe would block Vite.
    """
    with output:
        for line in output:
            if (address := _ADDRESS.search(line)) and not port.done():
                port.set_result(int(address[1]))
    if not port.done():
        port.set_result(None)
