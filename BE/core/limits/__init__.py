"""How much one caller may have at once, or in all."""
