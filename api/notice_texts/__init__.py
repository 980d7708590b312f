"""What a seller must be told, in plain sentences made from its facts: one file for each subject."""
