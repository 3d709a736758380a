from BE.core.http.host_cookie import HostCookie


class RefreshCookie(HostCookie):
    """It holds the refresh token."""


class SecondStepCookie(HostCookie):
    """It holds the challenge of a sign-in that another provider began."""


class DeviceCookie(HostCookie):
    """It holds the token of a device that has signed in before."""
