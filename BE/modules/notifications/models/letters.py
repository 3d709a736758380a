from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from BE.modules.notifications.models.letter import Letter


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters of this application, with links into its front end."""

    public_url: str

    def welcome(self, token: str) -> Letter:
        return Letter(
            "Confirm your email address",
            (
                "Welcome! Somebody, hopefully you, has made an account with this email address.",
                "Open this link within 24 hours to confirm that the address is yours.",
                "If it was not you, you need do nothing.",
            ),
            "Confirm my address",
            self._link("verify-email", token),
        )

    def verify_email(self, token: str) -> Letter:
        return Letter(
            "Confirm your email address",
            (
                "Open this link within 24 hours to confirm that this email address is yours.",
                "Links that were sent to you earlier no longer work.",
            ),
            "Confirm my address",
            self._link("verify-email", token),
        )

    def reset_password(self, token: str) -> Letter:
        return Letter(
            "Reset your password",
            (
                "Somebody, hopefully you, has asked to reset the password of your account.",
                "Open this link within 30 minutes to choose a new one. It works once.",
                "If it was not you, you need do nothing: your password stays as it is.",
            ),
            "Choose a new password",
            self._link("reset-password", token),
        )

    def invitation(self, token: str) -> Letter:
        return Letter(
            "You are invited to a team",
            (
                "Somebody has invited this email address to work in their team.",
                "Open this link within 7 days to join. You need an account with this address.",
                "If you do not know of a team, you need do nothing.",
            ),
            "Join the team",
            self._link("join", token),
        )

    def passkey_added(self) -> Letter:
        return Letter(
            "A passkey was added to your account",
            (
                "A passkey was added to your account. Whoever holds it can sign in.",
                "If it was not you, reset the password, and remove the passkey in the settings.",
            ),
        )

    def passkey_removed(self) -> Letter:
        return Letter(
            "A passkey was removed from your account",
            (
                "A passkey of your account was removed. It can no longer be used to sign in.",
                "If it was not you, somebody else has your account: reset the password at once.",
            ),
        )

    def passkey_copied(self) -> Letter:
        return Letter(
            "A passkey of yours may have been copied",
            (
                "A passkey of yours was used, and refused: its uses were counted backwards.",
                "That happens where somebody has copied it.",
                "Remove the passkey in the settings, and add a new one.",
            ),
        )

    def confirm_email_change(self, token: str) -> Letter:
        return Letter(
            "Confirm your new email address",
            (
                "Somebody, hopefully you, wants to use this address for their account.",
                "Open this link within 24 hours to confirm it. It works once.",
                "If it was not you, you need do nothing.",
            ),
            "Confirm my new address",
            self._link("confirm-email", token),
        )

    def email_taken(self) -> Letter:
        return Letter(
            "This address has an account already",
            (
                "Somebody, hopefully you, wants to use this address for another account.",
                "It belongs to an account already, so nothing was changed.",
                "If it was you, sign in with this address, or choose another one.",
                "If it was not you, you need do nothing.",
            ),
        )

    def email_change_requested(self, token: str) -> Letter:
        return Letter(
            "Your email address is about to change",
            (
                "Somebody, hopefully you, has asked to change the email address of your account.",
                "Until the new address is confirmed, this one stays.",
                "If it was not you, open this link to cancel it, and change your password.",
                "An address that had been confirmed is restored by it for 7 days afterwards, too.",
            ),
            "Cancel the change",
            self._link("cancel-email-change", token),
        )

    def email_changed(self) -> Letter:
        return Letter(
            "This is your email address now",
            (
                "This is now the email address of your account. Sign in with it.",
                "You were signed out elsewhere, and links that were mailed before no longer work.",
            ),
        )

    def email_left(self) -> Letter:
        return Letter(
            "Your email address was changed",
            (
                "Your account has another email address now, and this one no longer belongs to it.",
                "If it was not you, open the link to cancel that was sent here before.",
            ),
        )

    def email_taken_back(self) -> Letter:
        return Letter(
            "Your email address is restored",
            (
                "This is the email address of your account again, and you were signed out.",
                "Somebody else may know your password. Another mail has a link to set a new one.",
            ),
        )

    def email_taken_from(self) -> Letter:
        return Letter(
            "Your email address was changed back",
            (
                "The owner of the earlier email address has restored it.",
                "This one no longer belongs to the account.",
            ),
        )

    def new_device_used(self, program: str, at: datetime, address: str | None) -> Letter:
        moment = at.astimezone(UTC)
        when = f"{moment.day} {moment:%B %Y at %H:%M} UTC"
        return Letter(
            "New sign-in to your account",
            (
                "Somebody, hopefully you, has signed in to your account with a new device:",
                f"{program}, on {when}, from {address or 'an unknown address'}.",
                "If it was you, you need do nothing.",
                "If not, open this link to end that session, and change your password.",
            ),
            "See my sessions",
            f"{self.public_url}/settings/sessions",
        )

    def password_changed(self) -> Letter:
        return Letter(
            "Your password was changed",
            (
                "The password of your account was changed, and you were signed out elsewhere.",
                "If it was not you, somebody else has your account: reset the password at once.",
                "API keys go on working, unless the password was reset by a link in a mail.",
            ),
        )

    def api_key_created(self, scopes: Iterable[str]) -> Letter:
        return Letter(
            "An API key was made for your account",
            (
                "Somebody, hopefully you, has made an API key, by which scripts can act for you.",
                f"It has these scopes: {', '.join(scopes)}.",
                "If it was not you, end the key in the settings, and change your password.",
            ),
            "See my API keys",
            f"{self.public_url}/settings/api-keys",
        )

    def password_removed(self) -> Letter:
        return Letter(
            "Your account has a new way to sign in",
            (
                "Somebody who proved to read this mailbox has signed in to your account elsewhere.",
                "Nobody had confirmed this address with your password, so it no longer works.",
                "To have one again, choose “forgot password” where you sign in.",
            ),
        )

    def password_dropped(self) -> Letter:
        return Letter(
            "Your password was removed",
            (
                "The password of your account was removed: you now sign in by other ways only.",
                "To have one again, choose “forgot password” where you sign in.",
                "If it was not you, somebody else has your account: do that at once.",
            ),
        )

    def identity_linked(self, issuer: str) -> Letter:
        """``issuer`` is one that an operator configured."""
        return Letter(
            "Your account has a further way to sign in",
            (
                f"You can now sign in to your account with {issuer}.",
                "If it was not you, somebody else has your account: reset the password at once.",
                "Then remove this way to sign in, under Settings and Security.",
            ),
        )

    def identity_unlinked(self, issuer: str) -> Letter:
        return Letter(
            "A way to sign in was removed from your account",
            (
                f"You can no longer sign in to your account with {issuer}.",
                "If it was not you, somebody else has your account: reset the password at once.",
            ),
        )

    def second_factor_enabled(self) -> Letter:
        return Letter(
            "Two-step sign-in is on",
            (
                "Signing in to your account now takes a code of your authenticator app, too.",
                "Keep your recovery codes where you find them without your phone.",
                "If it was not you, somebody else has your account: reset the password at once.",
            ),
        )

    def second_factor_disabled(self, *, by_operator: bool) -> Letter:
        return Letter(
            "Two-step sign-in is off",
            (
                "An operator has removed the authenticator app of your account, as if it were lost."
                if by_operator
                else "Two-step sign-in of your account was turned off.",
                "The password alone signs in now. You can turn it on again in the settings.",
                "If you did not want this, change your password at once.",
            ),
        )

    def recovery_codes_replaced(self) -> Letter:
        return Letter(
            "You have new recovery codes",
            (
                "New recovery codes were made for your account. The earlier ones no longer work.",
                "If it was not you, somebody else has your account: reset the password at once.",
            ),
        )

    def recovery_code_used(self, left: int) -> Letter:
        return Letter(
            "A recovery code was used",
            (
                "Somebody, hopefully you, used a recovery code of your account instead of the app.",
                f"Codes left: {left}. You can make new ones in the settings.",
                "If it was not you, somebody else has your account: reset the password at once.",
            ),
        )

    def token_reused(self) -> Letter:
        return Letter(
            "You were signed out for safety",
            (
                "A key to one of your sessions was used twice, as if somebody had copied it.",
                "So that session was ended. Sign in again to go on.",
                "If you cannot explain it, change your password.",
            ),
        )

    def export_completed(self) -> Letter:
        return Letter(
            "Your data are ready",
            (
                "The file with everything that is held about you has been made.",
                "You can download it for 24 hours, on the page of your profile, signed in.",
                "If it was not you, somebody else has your account: change your password at once.",
            ),
            "Go to my profile",
            f"{self.public_url}/settings/profile",
        )

    def webhook_disabled(self, *, is_gone: bool) -> Letter:
        return Letter(
            "A webhook was switched off",
            (
                "The receiver of one of your webhooks answered that it is gone (410)."
                if is_gone
                else "One of your webhooks has failed for five days, each time it was tried.",
                "It was switched off, so it receives no more of your events.",
                "You can see how it answered, and switch it on again.",
            ),
        )

    def _link(self, page: str, token: str) -> str:
        return f"{self.public_url}/{page}?token={quote(token, safe='')}"
