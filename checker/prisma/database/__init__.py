"""A database as Prisma's schema engine sees it."""
