"""What auditors take away: the bundle of one seller."""
