"""What is wrong with a deployed database: one module for each kind of cause."""
