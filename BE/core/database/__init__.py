"""The pool, the ambient transaction, and the errors of the driver in our own words."""
