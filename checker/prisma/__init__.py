"""The meaning of schema.prisma, the database as Prisma sees it, and the SQL between the two."""
