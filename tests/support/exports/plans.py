"""What the tests of plans need to know of these tables: see tests/support/plans.py."""

from tests.support.plans import MOMENT

FILLED = {
    "exports.export": f"""
        (id, user_id, state, size, created_at, ended_at, expires_at)
        SELECT id_of(n), id_of(n), CASE n % 1000 WHEN 0 THEN 'queued' ELSE 'done' END,
            CASE WHEN n % 1000 <> 0 THEN n END, {MOMENT},
            CASE WHEN n % 1000 <> 0 THEN {MOMENT} END,
            CASE WHEN n % 1000 <> 0 THEN {MOMENT} + interval '1 day' END
    """,
    "exports.piece": """
        (export_id, number, content)
        SELECT id_of(n), 0, ''
    """,
}

INDEXES = ["exports.export_user", "exports.export_expiry"]
