"""What a turn makes of requests: load what they are about, decide, append; one outcome each."""
