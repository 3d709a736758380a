from BE.core.http.host_cookie import HostCookie


class FlowCookie(HostCookie):
    """It holds the sealed flow of a sign-in that is on its way through a provider."""


class SignInCookies:
    """The cookies of somebody who signs in, which ``auth`` reads."""

    def __init__(
        self, refresh_cookie: HostCookie, device_cookie: HostCookie, second_step_cookie: HostCookie
    ) -> None:
        self.refresh = refresh_cookie
        self.device = device_cookie
        self.second_step = second_step_cookie
