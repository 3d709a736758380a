"""The live feed: which of the committed changes a caller may see, in order, from a cursor on."""
