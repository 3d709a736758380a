"""The tables of the specimen context: no migration makes them, as they belong to the tests."""

CREATE = """
    CREATE SCHEMA specimens;
    CREATE TABLE specimens.specimen (
        id uuid PRIMARY KEY,
        owner_id uuid NOT NULL,
        collection text NOT NULL,
        title text NOT NULL,
        description text,
        kind text NOT NULL,
        found_at timestamptz,
        tags text[] NOT NULL,
        version integer NOT NULL DEFAULT 1
    );
    CREATE INDEX specimen_owner ON specimens.specimen (owner_id, id);
    CREATE TABLE specimens.label (
        specimen_id uuid PRIMARY KEY REFERENCES specimens.specimen ON DELETE CASCADE
    );
"""

TABLES = ("specimens.label", "specimens.specimen")
