"""The screen sizes and fixture types of browser tests."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, ViewportSize

from tests.support.processes.server import Server

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}

type OpenBrowser = Callable[..., BrowserContext]
"""Opens another browser: ``open_browser(server, **options of the context)``."""

type StartApplication = Callable[..., Server]
"""Starts a server with its own settings: ``start_application(JWT_EXPIRE_MINUTES="0.05")``."""
