"""A user's background jobs: their progress, their results, cancelling them."""
