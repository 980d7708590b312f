"""Days of sellers and products from files of orders, items and reviews."""
