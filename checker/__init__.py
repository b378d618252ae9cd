"""Prisma Migration Checker: runs new migrations on a real PostgreSQL and reports what they do."""

__version__ = "0.1.0"
