"""Tasks"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA tasks")
    op.execute("""
        CREATE TABLE tasks.task (
            id uuid PRIMARY KEY,
            owner_id uuid NOT NULL,
            title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
            description text CHECK (char_length(description) <= 10000),
            status text NOT NULL CHECK (status IN ('todo', 'in_progress', 'done')),
            priority text NOT NULL
                CHECK (priority IN ('none', 'low', 'medium', 'high', 'urgent')),
            due_at timestamptz CHECK (due_at >= '0001-01-01Z' AND due_at < '10000-01-01Z'),
            tags text[] NOT NULL CHECK (cardinality(tags) <= 20),
            position text COLLATE "C" NOT NULL,
            version integer NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            completed_at timestamptz CHECK ((completed_at IS NULL) = (status <> 'done')),
            deleted_at timestamptz
        )
    """)
    op.execute("""
        CREATE INDEX task_newest ON tasks.task (owner_id, created_at DESC, id DESC)
        WHERE deleted_at IS NULL
    """)
    op.execute("CREATE INDEX task_position ON tasks.task (owner_id, position)")


def downgrade() -> None:
    op.execute("DROP SCHEMA tasks CASCADE")
