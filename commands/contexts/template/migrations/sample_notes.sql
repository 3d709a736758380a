CREATE SCHEMA sample_notes;

CREATE TABLE sample_notes.sample_note (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL,
    title text NOT NULL,
    description text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX sample_note_owner
ON sample_notes.sample_note (owner_id, id);
