"""What holds across the schemas of modules, where no foreign key sees to it."""

INVARIANTS = {
    "every profile is that of an account": """
        SELECT NOT EXISTS (SELECT id FROM users.profile EXCEPT SELECT id FROM auth.account)
    """,
    "every account has a profile": """
        SELECT NOT EXISTS (SELECT id FROM auth.account EXCEPT SELECT id FROM users.profile)
    """,
    "a profile has the role and the state of its account": """
        SELECT NOT EXISTS (
            SELECT
            FROM users.profile AS p
            JOIN auth.account AS a ON a.id = p.id
            WHERE (p.role, p.is_active) <> (a.role, a.is_active)
        )
    """,
    "every task is somebody's": """
        SELECT NOT EXISTS (SELECT owner_id FROM tasks.task EXCEPT SELECT id FROM auth.account)
    """,
    "every identity is somebody's": """
        SELECT NOT EXISTS (
            SELECT account_id FROM identities.identity WHERE account_id IS NOT NULL
            EXCEPT SELECT id FROM auth.account
        )
    """,
    "the audit trail goes on where its last seal ends": """
        SELECT NOT EXISTS (
            SELECT
            FROM (SELECT max(last_sequence) AS last FROM audit.seal) AS sealed
            CROSS JOIN audit.head AS head
            WHERE head.sequence < sealed.last
                OR (
                    head.sequence > sealed.last
                    AND NOT EXISTS (SELECT FROM audit.entry WHERE sequence = sealed.last + 1)
                )
        )
    """,
}
