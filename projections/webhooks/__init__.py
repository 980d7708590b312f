"""Signed webhooks: standing changes, delivered to endpoints of others."""
