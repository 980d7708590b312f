"""Disputes: a buyer's claim on one order, as its facts leave it. Pure."""
