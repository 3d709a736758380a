"""Rows and indexes for the tests of query plans: see tests/support/plans.py."""

from tests.support.plans import MOMENT

FILLED = {
    "exports.export": f"""
        (id, user_id, state, size, created_at, ended_at, expires_at)
        SELECT id_of(n), id_of(n), 'done', n, {MOMENT}, {MOMENT}, {MOMENT} + interval '1 day'
    """,
    "exports.piece": """
        (export_id, number, content)
        SELECT id_of(n), 0, ''
    """,
}

INDEXES = ["exports.export_user", "exports.export_expiry"]
