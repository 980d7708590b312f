"""What `seller-ledger` does, one file per subject. `api/cli.py` names them all."""
