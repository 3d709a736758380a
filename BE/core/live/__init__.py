"""The live feed: the committed changes that a caller may see, in order, from a cursor on."""
