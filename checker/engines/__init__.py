"""What runs a history: one package for each database, behind the interface of ``engine``."""
