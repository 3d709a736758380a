"""The product's name. ``manage.py rename`` changes it everywhere."""

NAME = "Bounded"

SLUG = "bounded"
"""In names of metrics, databases and images: lower case, without spaces."""
