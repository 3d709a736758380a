"""The routes of auth, a file per subject."""

from BE.modules.auth.router import (
    account,
    api_keys,
    email_changes,
    emails,
    passkeys,
    passwords,
    second_factors,
    second_step,
    sessions,
    sign_in,
    sign_out,
    step_up,
    tokens,
)

routers = (
    sign_in.router,
    second_step.router,
    sign_out.router,
    passkeys.router,
    passwords.router,
    emails.router,
    email_changes.router,
    sessions.router,
    tokens.router,
    account.router,
    api_keys.router,
    step_up.router,
    second_factors.router,
)
