"""Rows and indexes for the tests of query plans: see tests/support/plans.py."""

from tests.support.plans import MOMENT

FILLED = {
    "audit.entry": f"""
        (sequence, event_id, event_name, event_version, occurred_at, actor_id, subject_id,
            request_id, data, hash)
        SELECT n, id_of(n), 'test.noticed', 1, {MOMENT}, id_of(n), n::text, n::text, '{{}}', ''
    """,
    "audit.address": "(sequence, client_ip, salt) SELECT n, '192.0.2.1', '' ",
}

INDEXES = ["audit.entry_time"]

SMALL = {"audit.head", "audit.seal"}
"""Tables that do not grow."""
