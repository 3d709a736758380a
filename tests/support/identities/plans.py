"""What the tests of plans need to know of these tables: see tests/support/plans.py."""

FILLED = {
    "identities.identity": """
        (id, issuer, subject, account_id, is_proven)
        SELECT id_of(n), 'https://issuer.example', n::text, id_of(n), true
    """,
}

INDEXES = ["identities.identity_account"]
