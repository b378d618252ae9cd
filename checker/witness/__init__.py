"""What the statements of new migrations do to a database with rows, as PostgreSQL sees it."""
