"""Questions that are answered by running: one module for each."""
