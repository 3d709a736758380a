"""The mechanisms of signing in: refresh tokens, cookies, revocations, weak passwords."""
