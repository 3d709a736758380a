"""What an operator asks a running service: its health, its figures, its dead letters."""
