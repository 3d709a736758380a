"""Webhooks: other programs are told what the live feed shows, signed and tried again."""
