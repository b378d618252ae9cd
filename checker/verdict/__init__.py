"""From raw findings to a report: judge, evidence, settings, grouping, sizes."""
