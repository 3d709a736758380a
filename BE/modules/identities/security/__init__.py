"""How the tokens of other issuers are verified."""
