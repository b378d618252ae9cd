"""How two databases differ in Prisma's eyes, and the migration that closes the gap."""
