"""Signed webhooks: events of cases on their way to other systems."""
