"""What Prisma Client sends, and how a database answers it."""
