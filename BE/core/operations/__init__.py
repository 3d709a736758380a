"""The operator's view of a running service: its health, its figures, its dead letters."""
