"""What runs a history: one package for each database."""
