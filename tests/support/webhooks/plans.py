"""Rows and indexes for the tests of query plans: see tests/support/plans.py."""

from tests.support.plans import MOMENT

FILLED = {
    "webhooks.webhook": f"""
        (id, owner_id, url, events, ordered, secret, created_at)
        SELECT id_of(n), id_of(n), 'https://example.com', '{{task.created}}', false, '', {MOMENT}
    """,
    "webhooks.message": f"""
        (id, webhook_id, event, event_id, subject_id, body, due_at, created_at)
        SELECT id_of(n), id_of(n / 10 + 1), 'task.created', id_of(n), id_of(n), '{{}}',
            CASE WHEN n % 10 = 0 THEN {MOMENT} END, {MOMENT}
    """,
    "webhooks.attempt": f"""
        (id, webhook_id, message_id, event, status, milliseconds, made_at)
        SELECT id_of(n), id_of(n / 10 + 1), id_of(n), 'task.created', 200, 20, {MOMENT}
    """,
}

INDEXES = [
    "webhooks.webhook_owner",
    "webhooks.message_age",
    "webhooks.attempt_age",
]
