"""What browser tests look through, and who opens it for them."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, ViewportSize

from tests.support.processes.server import Server

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}

type OpenBrowser = Callable[..., BrowserContext]
"""A browser of another person: ``open_browser(server, **options of the context)``."""

type StartApplication = Callable[..., Server]
"""A server with settings of its own: ``start_application(JWT_EXPIRE_MINUTES="0.05")``."""
