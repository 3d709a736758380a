"""Rows and indexes for the tests of query plans: see tests/support/plans.py."""

from tests.support.plans import MOMENT

FILLED = {
    "teams.team": f"""
        (id, name, slug, created_at)
        SELECT id_of(n), 'Team ' || n, 'team-' || n, {MOMENT}
    """,
    "teams.membership": f"""
        (team_id, user_id, role, joined_at)
        SELECT id_of(n / 10 + 1), id_of(n), CASE n % 10 WHEN 0 THEN 'owner' ELSE 'member' END,
            {MOMENT}
    """,
    "teams.invitation": f"""
        (id, team_id, email, email_identity, role, created_at, expires_at)
        SELECT id_of(n), id_of(n / 10 + 1), n || '@example.com', n || '@example.com', 'member',
            {MOMENT}, {MOMENT} + interval '7 days'
    """,
}
