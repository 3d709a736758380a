"""Refuses a browser's request from a foreign site (CSRF; OWASP's origin check)."""

from urllib.parse import urlsplit

from fastapi import Depends, Request

from BE.core.exceptions import ForbiddenError
from BE.core.http.access import Gate

_LOCAL = {"localhost", "127.0.0.1", "::1"}


class CrossSiteRequest(ForbiddenError):
    """This request comes from a site that is not allowed"""


class TwoLocalSites(ForbiddenError):
    """``localhost`` and ``127.0.0.1`` are two sites to a browser, which drops the other's cookie"""

    def __init__(self, page: str, host: str) -> None:
        super().__init__(
            f"The page is on {page}, this service was called as {host}: to a browser these are two"
            " sites, and it would drop the cookie that keeps you signed in. Call the service by"
            " the name that the page has."
        )


class SameOrigin:
    def __init__(self, allowed_origins: tuple[str, ...], trusted_proxy_hops: int) -> None:
        """``allowed_origins`` are those of ``CORS_ORIGINS`` and ``PUBLIC_URL``."""
        self._allowed = {_origin(url) for url in allowed_origins}
        self._hops = trusted_proxy_hops

    def check(self, request: Request) -> None:
        """Raises :class:`CrossSiteRequest` and :class:`TwoLocalSites`."""
        origin = request.headers.get("origin")
        if origin is not None:
            sender, own = _origin(origin), self._own_origin(request)
            if sender is None or sender not in self._allowed | {own}:
                raise CrossSiteRequest
            if own is not None and _are_two_local_sites(sender, own):
                raise TwoLocalSites(sender, own)
        elif request.headers.get("sec-fetch-site") == "cross-site":
            raise CrossSiteRequest

    def _own_origin(self, request: Request) -> str | None:
        scheme, host = request.url.scheme, request.headers.get("host", "")
        if self._hops:
            scheme = self._forwarded(request, "x-forwarded-proto") or scheme
            host = self._forwarded(request, "x-forwarded-host") or host
        return _origin(f"{scheme}://{host}")

    def _forwarded(self, request: Request, name: str) -> str:
        """The value from our outermost proxy; each may add one or keep the existing one."""
        values = ",".join(request.headers.getlist(name)).split(",")
        return values[-min(self._hops, len(values))].strip()


class _FromOurSite(Gate):
    refuses_with = (403,)

    async def __call__(self, request: Request) -> None:
        request.app.state.container.same_origin().check(request)


FROM_OUR_SITE = Depends(_FromOurSite())


def _are_two_local_sites(one: str, other: str) -> bool:
    names = {urlsplit(one).hostname or "", urlsplit(other).hostname or ""}
    return len(names) == 2 and names <= _LOCAL  # noqa: PLR2004 - two


def _origin(url: str) -> str | None:
    """Scheme, host and port as browsers write them, without a default port."""
    try:
        parts = urlsplit(url.lower())
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if port in {None, {"http": 80, "https": 443}.get(parts.scheme)}:
        return f"{parts.scheme}://{host}"
    return f"{parts.scheme}://{host}:{port}"
