"""Rows and indexes for the tests of query plans: see tests/support/plans.py."""

from tests.support.plans import MOMENT

FILLED = {
    "tasks.import_piece": """
        (import_id, number, user_id, content)
        SELECT id_of(n), 0, id_of(n), ''
    """,
    "tasks.task": f"""
        (id, owner_id, team_id, assignee_id, title, status, priority, tags, position, created_at,
            updated_at, deleted_at)
        SELECT id_of(n), id_of(n / 100 + 1),
            CASE n / 100 % 2 WHEN 0 THEN id_of(n / 100 + 1) END,
            CASE n / 100 % 2 WHEN 0 THEN id_of(n % 10) END,
            'Task ' || n, 'todo', 'none', '{{}}', n::text,
            {MOMENT}, {MOMENT}, CASE n % 50 WHEN 0 THEN {MOMENT} - interval '29 days' END
    """,
}

FULL_SCANS = {
    "SELECT user_id, import_id FROM tasks.import_piece": "hourly, the files that wait for a job",
}
"""Statements that may read a whole table, by how they begin, and why."""
