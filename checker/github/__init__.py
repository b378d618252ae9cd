"""GitHub: what event runs us, the few calls we make, the comment, and the runner's files."""
