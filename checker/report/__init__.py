"""What people and machines read: every renderer takes a Report and returns text or bytes."""
