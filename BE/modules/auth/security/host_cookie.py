from BE.core.http.host_cookie import HostCookie


class RefreshCookie(HostCookie):
    """It holds the refresh token."""


class DeviceCookie(HostCookie):
    """It holds the token of a device that has signed in before."""
