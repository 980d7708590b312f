"""What can have happened: every kind of fact, its stable name and its stored form."""
