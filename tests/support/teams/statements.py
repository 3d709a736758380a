"""Functions whose statements are not limited to one owner's rows, and why."""

ANY_OWNER = {
    "teams.invitations.set_digest": "by its id, which an event carries to the mail",
    "teams.invitations.purge": "system task: removes old rows",
}
