"""What the product is called. ``manage.py rename`` changes it everywhere."""

NAME = "Bounded"

SLUG = "bounded"
"""As a name of metrics, databases and images: lower case, without spaces."""
