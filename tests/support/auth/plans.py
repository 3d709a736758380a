"""Rows and indexes for the tests of query plans: see tests/support/plans.py."""

from tests.support.plans import MOMENT

FILLED = {
    "auth.account": f"""
        (id, email, password_hash, role, created_at)
        SELECT id_of(n), n || '@example.com', '', CASE n % 1000 WHEN 0 THEN 'admin' ELSE 'user' END,
            {MOMENT}
    """,
    "auth.session": f"""
        (id, account_id, salt, created_at, rotated_at, ended_at)
        SELECT id_of(n), id_of(n / 4 + 1), '', {MOMENT}, {MOMENT},
            CASE n % 2 WHEN 0 THEN {MOMENT} END
    """,
    "auth.email_change": f"""
        (id, account_id, session_id, email, requested_at, confirm_digest, cancel_digest,
            confirmed_at, old_email)
        SELECT id_of(n), id_of(n / 2 + 1), id_of(n), n || '@new.example', {MOMENT},
            sha256(n::text::bytea), sha256((-n)::text::bytea), {MOMENT}, n || '@old.example'
    """,
    "auth.one_time_token": """
        (account_id, purpose, digest, expires_at)
        SELECT id_of(n), 'verify_email', sha256(n::text::bytea), now()
    """,
    "auth.api_key": f"""
        (id, account_id, name, starts_with, digest, scopes, created_at, expires_at)
        SELECT id_of(n), id_of(n / 4 + 1), '', '', sha256(n::text::bytea), '{{tasks:read}}',
            {MOMENT}, now() + n * interval '1 hour'
    """,
    "auth.challenge": """
        (digest, purpose, account_id, expires_at)
        SELECT sha256(n::text::bytea), '', id_of(n), now() + n * interval '1 hour'
    """,
    "auth.totp": """
        (account_id, sealed_secret)
        SELECT id_of(n), ''
    """,
    "auth.recovery_code": """
        (account_id, digest)
        SELECT id_of(n), sha256(n::text::bytea)
    """,
    "auth.passkey": """
        (id, account_id, credential_id, public_key, sign_count, transports, name, is_synced)
        SELECT id_of(n), id_of(n / 4 + 1), sha256(n::text::bytea), '', 0, '{}', 'Passkey', true
    """,
    "auth.sign_in_place": f"""
        (account_id, place, seen_at)
        SELECT id_of(n / 4 + 1), sha256(n::text::bytea), {MOMENT}
    """,
    "auth.revocation": f"""
        (session_id, created_at, expires_at)
        SELECT id_of(n), {MOMENT}, now() + n * interval '1 hour'
    """,
    "auth.throttle": """
        (key, attempts, resets_at)
        SELECT sha256(n::text::bytea), 1, now() + n * interval '1 hour'
    """,
}

INDEXES = [
    "auth.api_key_expires",
    "auth.email_change_old",
    "auth.email_change_requested",
    "auth.session_created",
    "auth.sign_in_place_seen",
    "auth.account_admin",
    "auth.revocation_created",
    "auth.revocation_expires",
    "auth.throttle_resets",
]
