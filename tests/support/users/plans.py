"""Rows and indexes for the tests of query plans: see tests/support/plans.py."""

from tests.support.plans import MOMENT

FILLED = {
    "users.profile": f"""
        (id, email, username, full_name, role, is_active, created_at)
        SELECT id_of(n), n || '@example.com', 'user' || n, 'Name ' || n,
            CASE n % 1000 WHEN 0 THEN 'admin' ELSE 'user' END, n % 50 <> 0, {MOMENT}
    """,
}

INDEXES = ["users.profile_by_created_at", "users.profile_search"]

FULL_SCANS = {
    "SELECT count(*) AS total_users": "all users are counted, once a minute at most",
    "SELECT count(*) FROM users.profile": "an admin requests a total",
}
"""Statements that may read a whole table, by how they begin, and why."""
