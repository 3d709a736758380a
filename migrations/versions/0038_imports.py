"""The files of imports that are done as jobs

ADR 65.
"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # `user_id` uploaded the file; `import_id` is the job
    op.execute("""
        CREATE TABLE tasks.import_piece (
            import_id uuid NOT NULL,
            number integer NOT NULL,
            user_id uuid NOT NULL,
            content bytea NOT NULL,
            PRIMARY KEY (import_id, number)
        )
    """)
    op.execute("CREATE INDEX import_piece_user ON tasks.import_piece (user_id)")


def downgrade() -> None:
    op.execute("DROP TABLE tasks.import_piece")
