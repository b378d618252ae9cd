"""Finds the Prisma projects of a repository, their migrations and what those are compared with."""
