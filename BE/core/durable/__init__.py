"""What durable work of any kind shares: turns at what is due, attempts, retries, its JSON."""
