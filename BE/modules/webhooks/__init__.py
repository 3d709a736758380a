"""Webhooks: sends what the live feed shows to other programs, signed, and retries."""
