"""The ledger's formats: canonical leaf bytes; pure, no I/O."""
