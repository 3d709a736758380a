"""What a user has had done in the background: how far it is, what became of it, cancelling it."""
