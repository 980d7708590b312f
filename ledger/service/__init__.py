"""How well a seller serves: days become cumulative counts, counts metrics, metrics levels."""
