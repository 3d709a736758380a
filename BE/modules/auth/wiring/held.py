from BE.core.personal_data import Held
from BE.modules.auth.wiring.container import AuthContainer

HELD: tuple[Held[AuthContainer], ...] = (
    Held(
        name="account",
        about="Your account: the email address that you sign in with, and what you may do",
        tables=("auth.account",),
        read=lambda objects, user_id: objects.auth_repository.held_account(user_id),
    ),
    Held(
        name="sessions",
        about="Where you signed in: when, from which address and with which browser",
        tables=("auth.session",),
        read=lambda objects, user_id: objects.auth_repository.held_sessions(user_id),
    ),
    Held(
        name="api-keys",
        about="Your API keys: what they may do and when they were used, without the keys",
        tables=("auth.api_key",),
        read=lambda objects, user_id: objects.auth_repository.held_api_keys(user_id),
    ),
    Held(
        name="passkeys",
        about="Your passkeys: their names, and when you added and used them",
        tables=("auth.passkey",),
        read=lambda objects, user_id: objects.auth_repository.held_passkeys(user_id),
    ),
    Held(
        name="email-changes",
        about="Changes of your email that wait to be confirmed, or can still be taken back",
        tables=("auth.email_change",),
        read=lambda objects, user_id: objects.auth_repository.held_email_changes(user_id),
    ),
)

WITHHELD = {
    "auth.sign_in_place": "Networks and programs that you signed in from in the last months, as"
    " digests that recognise them: the sessions and the audit trail have them readable",
    "auth.one_time_token": "Links in mails that were sent to you and not used yet, as digests",
    "auth.challenge": "Questions that you were asked to prove who you are, as digests: deleted"
    " after some minutes",
    "auth.totp": "The secret of your authenticator app, encrypted: it would open your account",
    "auth.recovery_code": "Your recovery codes, as digests",
}
