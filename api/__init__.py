"""How the ledger is asked: HTTP, command line and the place where the parts are put together."""
