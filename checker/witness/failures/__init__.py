"""Why a statement fails on rows that it meets, and how to find them."""
