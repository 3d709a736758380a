"""Refreshes by six tabs of one browser whose access token expires at the same moment.

``python -m benchmarks.tabs [--rounds 50]`` starts a server and a Chromium; ``FE/dist`` must be
built. Each round advances the clock of all tabs past the end of their token, and each sends a
request at the same moment. The bar: one rotation a round, and no tab is signed out.
"""

import argparse

from playwright.sync_api import BrowserContext, Request

from benchmarks.browsing import browsing
from tests.support.people import register
from tests.support.processes.server import Server
from tests.support.tabs import open_tabs, pass_minutes, search_at_once

TABS = 6
LIFETIME = 16  # minutes: longer than an access token is valid


def measure(context: BrowserContext, server: Server, rounds: int) -> tuple[int, int]:
    """Rotations, and tabs that were signed out."""
    tabs = open_tabs(context, register(server), TABS)
    rotations: list[Request] = []

    def note(request: Request) -> None:
        if request.url.endswith("/auth/refresh"):
            rotations.append(request)

    context.on("request", note)
    for number in range(rounds):
        pass_minutes(context, LIFETIME)
        search_at_once(tabs, f"round{number}")
    return len(rotations), sum("/sign-in" in tab.url for tab in tabs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    rounds = parser.parse_args().rounds
    with browsing() as (server, context):
        rotations, signed_out = measure(context, server, rounds)
    print(f"{rounds} rounds of {TABS} tabs: {rotations} rotations, {signed_out} signed out")


if __name__ == "__main__":
    main()
