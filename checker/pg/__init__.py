"""Databases that somebody else runs: what their URL says, and why they cannot be reached."""
