"""Rows and indexes for the tests of query plans: see tests/support/plans.py."""

FILLED = {
    "identities.identity": """
        (id, issuer, subject, account_id, is_proven)
        SELECT id_of(n), 'https://issuer.example', n::text, id_of(n), true
    """,
    "identities.used_flow": """
        (digest, expires_at)
        SELECT sha256(n::text::bytea), now() + n * interval '1 hour'
    """,
}

INDEXES = ["identities.identity_account", "identities.used_flow_expires"]
