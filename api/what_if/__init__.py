"""What-if on the server: runs that are kept in folders, and the one process that works them off."""
