"""How much one caller may run at once, change in a minute, and store."""
