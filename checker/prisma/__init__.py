"""What schema.prisma means, what a database holds in Prisma's eyes, and the SQL between the two."""
