"""Functions whose statements are not limited to one owner's rows, and why."""

_PROVIDER = "by the subject that a provider has vouched for: the statement finds its owner"
_READ = "by its id, which the same use case has locked"

ANY_OWNER = {
    "identities.add": _PROVIDER,
    "identities.account_of": _PROVIDER,
    "identities.lock": _PROVIDER,
    "identities.was_unlinked": _PROVIDER,
    "identities.keep": _READ,
    "identities.unlink": "by its id, found among the sign-in methods of its user, who is locked",
    "identities.note_use": _READ,
}
