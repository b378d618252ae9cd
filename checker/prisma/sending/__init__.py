"""How a version of Prisma sends a migration to the database: whole, or statement by statement."""
