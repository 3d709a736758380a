"""How objects are made and reach each other: what contexts declare, and how they are joined."""
