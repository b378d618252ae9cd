"""A deployed database: how to reach it, what its ledger says, what is wrong and what to do."""
