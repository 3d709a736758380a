"""Rows and indexes for the tests of query plans: see tests/support/plans.py."""

FILLED = {
    "sample_notes.sample_note": """
        (id, owner_id, title)
        SELECT id_of(n), id_of(n / 100 + 1), 'Number ' || n
    """,
}

INDEXES = ["sample_notes.sample_note_owner"]
