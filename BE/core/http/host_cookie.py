from collections.abc import Sequence
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Literal


class HostCookie:
    """A cookie that only this server reads: no script, no other site."""

    def __init__(
        self,
        name: str,
        *,
        secure: bool,
        root_path: str,
        path: str,
        lifetime: timedelta,
        same_site: Literal["Strict", "Lax"] = "Strict",
    ) -> None:
        """``path`` is used only without ``secure``: the ``__Host-`` prefix demands ``/``.

        ``root_path`` is what a proxy adds before it. With ``Lax`` a browser also sends the cookie
        when a link or a redirect of another site leads here.
        """
        self._secure = secure
        self._name = f"__Host-{name}" if secure else name
        self._path = "/" if secure else root_path + path
        self._max_age = int(lifetime.total_seconds())
        self._same_site = same_site

    def read(self, headers: Sequence[str]) -> list[str]:
        """Every distinct value of the cookie in the ``Cookie`` headers, in their order.

        A browser sends several of one name if another application on this host has set one, or if
        they have different paths.
        """
        pairs = (pair.partition("=") for header in headers for pair in header.split(";"))
        values = (
            value.strip().strip('"') for name, _, value in pairs if name.strip() == self._name
        )
        return list(dict.fromkeys(values))

    def set(self, value: str) -> dict[str, str]:
        """The header that sets the cookie."""
        return self._header(value, self._max_age)

    def clear(self) -> dict[str, str]:
        """The header that deletes the cookie."""
        return self._header("", 0)

    def _header(self, value: str, max_age: int) -> dict[str, str]:
        cookie: SimpleCookie = SimpleCookie()
        cookie[self._name] = value
        morsel = cookie[self._name]
        morsel["path"] = self._path
        morsel["max-age"] = str(max_age)
        morsel["samesite"] = self._same_site
        morsel["httponly"] = True
        morsel["secure"] = self._secure
        return {"Set-Cookie": morsel.OutputString()}
