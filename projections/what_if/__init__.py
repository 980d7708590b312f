"""Other worlds: the whole population judged again under other rules, or without some facts."""
