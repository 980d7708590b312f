"""Scenarios as forms: fields named by their places in the scenario, and back again."""
