"""What can be read: views rebuilt from the log and never edited."""
