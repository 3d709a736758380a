"""The promises of a route: access, known query, strict body, idempotency; pages and answers."""
