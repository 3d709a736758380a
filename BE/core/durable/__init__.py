"""What all durable work shares: polling for due work, attempts, retries, its JSON."""
