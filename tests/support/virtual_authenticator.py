"""Chromium's virtual authenticator (WebAuthn §11), for the pages of a test."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Page


@dataclass
class VirtualAuthenticator:
    """Confirms at once that its user is present and verified, until a test cancels that."""

    session: CDPSession
    id: str

    @property
    def credentials(self) -> list[dict[str, Any]]:
        answer = self._send("WebAuthn.getCredentials")
        credentials: list[dict[str, Any]] = answer["credentials"]
        return credentials

    def cancel(self) -> None:
        """Refuse user verification from now on."""
        self._send("WebAuthn.setUserVerified", isUserVerified=False)

    def _send(self, method: str, **parameters: Any) -> Any:
        return self.session.send(method, {"authenticatorId": self.id, **parameters})


def plug_in(page: Page) -> VirtualAuthenticator:
    """Give the browser of ``page`` an authenticator that stores passkeys."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return VirtualAuthenticator(session, added["authenticatorId"])
