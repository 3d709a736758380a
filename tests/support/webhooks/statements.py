"""Functions whose statements are not limited to one owner's rows, and why."""

ANY_OWNER = {
    "webhooks.webhooks.lock_for_delivery": "by its id, which a job carries",
    "webhooks.webhooks.receiver": "by its id, which a job carries",
    "webhooks.webhooks.note_success": "by its id, which a job carries",
    "webhooks.webhooks.note_failure": "by its id, which a job carries",
    "webhooks.webhooks.switch_off": "by its id, which a job carries",
    "webhooks.webhooks.forget_past_secrets": "hourly, all of them",
    "webhooks.webhooks.sealed_otherwise": "hourly, all of them",
    "webhooks.webhooks.reseal": "by the id that sealed_otherwise found",
}
