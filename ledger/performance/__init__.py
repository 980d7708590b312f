"""Days of sellers and products, as their facts leave them. Pure."""
