"""Users of other issuers: their identities, and the accounts these belong to."""
