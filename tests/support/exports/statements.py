"""Functions whose statements are not limited to one owner's rows, and why."""

ANY_OWNER = {
    "exports.remove_expired": "system task: removes old rows",
}
