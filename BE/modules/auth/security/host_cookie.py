from BE.core.http.host_cookie import HostCookie


class RefreshCookie(HostCookie):
    """Holds the refresh token."""


class SecondStepCookie(HostCookie):
    """Holds the challenge of a sign-in that another provider began."""


class DeviceCookie(HostCookie):
    """Holds the token of a device that has signed in before."""
