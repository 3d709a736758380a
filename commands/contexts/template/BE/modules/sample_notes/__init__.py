"""Sample notes: each is one user's own, who alone sees and changes it."""
