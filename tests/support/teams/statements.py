"""Functions whose statements take rows of anybody, and why they may."""

OF_ANYBODY = {
    "teams.invitations.set_digest": "by its id, which an event carries to the mail",
    "teams.invitations.purge": "work of the system: what is old goes",
}
