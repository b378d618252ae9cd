"""The language of schema.prisma: read, resolved, validated."""
