"""URLs that an operator configures."""

from collections.abc import Callable
from urllib.parse import urlsplit

from pydantic import AfterValidator


def url(*schemes: str, has_host: bool = False) -> AfterValidator:
    """The validator of a URL with one of ``schemes``, of which a message names the first."""
    return AfterValidator(_checked(schemes, has_host=has_host))


def _checked(schemes: tuple[str, ...], *, has_host: bool) -> Callable[[str], str]:
    def check(text: str) -> str:
        try:
            parts = urlsplit(text)
            _ = parts.port
        except ValueError:
            raise ValueError("is no URL: a password in it must be percent-encoded") from None
        if parts.scheme not in schemes:
            raise ValueError(f"must start with {schemes[0]}://")
        if has_host and not parts.hostname:
            raise ValueError(f"must name a host, such as {schemes[0]}://host.example.com")
        return text

    return check
