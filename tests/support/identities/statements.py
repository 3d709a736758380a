"""Functions whose statements take rows of anybody, and why they may."""

_PROVIDER = "by the subject that a provider has vouched for: whose it is, is the question"
_READ = "by its id, which the same use case has locked"

OF_ANYBODY = {
    "identities.add": _PROVIDER,
    "identities.account_of": _PROVIDER,
    "identities.lock": _PROVIDER,
    "identities.was_unlinked": _PROVIDER,
    "identities.keep": _READ,
    "identities.unlink": "by its id, which was found among the ways of its user, who is locked",
    "identities.note_use": _READ,
}
