"""What a statement does while it runs: locks, work, drops, commands."""
