"""All data held about a user, as a file that is made on demand and kept for a day."""
