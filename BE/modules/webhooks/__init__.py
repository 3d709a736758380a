"""Webhooks: sends the changes of the live feed to other programs, signed, with retries."""
