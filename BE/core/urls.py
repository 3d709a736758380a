"""URLs that an operator configures."""

import re
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

_SERVICE_LINK = re.compile(r"(tcp|udp|sctp)://")
_ROOT_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*", re.ASCII)
_REACHED_BY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - no binding
"""The address at which this machine reaches a service that listens on every one."""


def url(*schemes: str, has_host: bool = False) -> AfterValidator:
    """The validator of a URL with one of ``schemes``; the message names the first."""
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


BaseUrl = Annotated[
    str, url("http", "https", has_host=True), AfterValidator(lambda text: text.rstrip("/"))
]
"""The base URL of a service: no trailing slash, as paths are added to it."""


def address_of(host: str, port: int) -> str:
    """The URL at which a browser on this machine finds a service that listens on ``host``."""
    reached = _REACHED_BY.get(host, host)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def explain(fault: str, value: object) -> str:
    """The ``fault`` of a setting's value, or the origin of one such as ``tcp://10.0.0.1:80``."""
    if not _SERVICE_LINK.match(str(value)):
        return fault.removeprefix("Value error, ")
    return (
        f"{value} is what Kubernetes and Docker export for a service of that name (service links):"
        " set the variable yourself, or switch the links off (enableServiceLinks: false)"
    )


def _host_name(text: str) -> str:
    if "://" in text or "/" in text:
        raise ValueError("must be the name or the address of a host, without a scheme")
    if text.count(":") > 1:
        return f"[{text.strip('[]')}]"  # as IPv6 is written in a URL
    if ":" in text:
        raise ValueError("must be without a port, which is DB_PORT")
    return text


HostName = Annotated[str, AfterValidator(_host_name)]
"""A host in the notation of URLs."""


def _root_path(text: str) -> str:
    path = "/" + text.strip("/") if text.strip("/") else ""
    if not _ROOT_PATH.fullmatch(path):
        raise ValueError("must be a path, such as /backend")
    return path


RootPath = Annotated[str, AfterValidator(_root_path)]
"""The prefix that a proxy adds to every path: empty, or with only a leading slash."""
