"""Sample notes: each belongs to one user, who alone sees and changes it."""
