"""Functions whose statements are not limited to one owner's rows, and why."""

_OLD = "system task: removes old rows"
_READ = "by its id, which the same use case has read by a secret or with its account"
_TOKEN = "by its id, which a verified token carries"

ANY_OWNER = {
    "auth.accounts.any_reserved": "whether any account has an address",
    "auth.accounts.taken": "whether any account has an address",
    "auth.api_keys.use_api_key": "by the ids that the statement itself found by a digest",
    "auth.api_keys.delete_expired_api_keys": _OLD,
    "auth.challenges.add_challenge": _OLD,
    "auth.email_changes.put_confirm_digest": "by its id, which an event carries to the mail",
    "auth.email_changes.put_cancel_digest": "by its id, which an event carries to the mail",
    "auth.email_changes.settle_email_change": _READ,
    "auth.email_changes.may_have_email": "whether another account has an address",
    "auth.email_changes.delete_past_email_changes": _OLD,
    "auth.passkeys.note_use": _READ,
    "auth.places.delete_past_places": _OLD,
    "auth.places.drop_addresses": _OLD,
    "auth.second_factors.totps_sealed_otherwise": "system task: seals secrets again",
    "auth.sessions.add_session": "by the ids that the statement itself found with their account",
    "auth.sessions.lock_session": _TOKEN,
    "auth.sessions.rotate_session": _READ,
    "auth.sessions.note_retry": _READ,
    "auth.sessions.vouch_for_session": _READ,
    "auth.sessions.prove_session": _TOKEN,
    "auth.sessions.is_fresh": _TOKEN,
    "auth.sessions.delete_expired_sessions": _OLD,
}
