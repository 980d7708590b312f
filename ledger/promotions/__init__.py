"""Promotions: campaigns, the products that take part in them, and who may."""
