import hashlib
import re
from uuid import UUID

from BE.modules.auth.models.devices import Device

MOST_PLACES = 100
"""How many an account may have."""

_BROWSERS = (
    (re.compile("Edg(A|iOS)?/"), "Edge"),
    (re.compile("OPR/"), "Opera"),
    (re.compile("(Firefox|FxiOS)/"), "Firefox"),
    (re.compile("(Chrome|CriOS)/"), "Chrome"),
    (re.compile("Safari/"), "Safari"),
)
_SYSTEMS = (
    (re.compile("iPhone|iPad"), "iOS"),
    (re.compile("Android"), "Android"),
    (re.compile("Windows"), "Windows"),
    (re.compile("Mac OS X"), "macOS"),
    (re.compile("CrOS"), "ChromeOS"),
    (re.compile("Linux"), "Linux"),
)
_VERSION = re.compile(r"[\d._]+")


def place_of(device: Device, account_id: UUID) -> bytes:
    """A digest of the network and the program that an account is used from.

    It stays the same when the program is updated.
    """
    program = _VERSION.sub("", device.user_agent or "")
    text = "\x00".join((str(account_id), device.network, program))
    return hashlib.sha256(text.encode()).digest()


def describe(user_agent: str | None) -> str:
    """The common name of the program, in our own words: a client can send anything."""
    browser = _first(_BROWSERS, user_agent or "") or "An unknown program"
    system = _first(_SYSTEMS, user_agent or "")
    return f"{browser} on {system}" if system else browser


def _first(names: tuple[tuple[re.Pattern[str], str], ...], user_agent: str) -> str | None:
    return next((name for pattern, name in names if pattern.search(user_agent)), None)
