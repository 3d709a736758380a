"""What a route promises: access, known query, strict body, idempotency; and pages and answers."""
