from BE.core.http.host_cookie import HostCookie


class FlowCookie(HostCookie):
    """Holds the sealed flow of a sign-in that is under way at a provider."""


class SignInCookies:
    """The cookies of a user who signs in, which ``auth`` reads."""

    def __init__(
        self, refresh_cookie: HostCookie, device_cookie: HostCookie, second_step_cookie: HostCookie
    ) -> None:
        self.refresh = refresh_cookie
        self.device = device_cookie
        self.second_step = second_step_cookie
