"""What a route promises: who may call it, strict bodies and queries, answers, pages, conditions."""
