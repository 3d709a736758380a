"""Tasks of a user: order, search, trash, bulks, import and export."""
