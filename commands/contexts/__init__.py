"""Adds a context, and takes one out again: its files, and its lines in the files of all."""
