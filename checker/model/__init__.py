"""The vocabulary that every stage shares: plain frozen values, no I/O.

    Project    a Prisma schema with its migrations directory, provider and Prisma version
    History    its migrations in the order in which Prisma applies them
    Lineage    how it departs from the base's, and what that comes to
    Script     the statements of one migration, each with the changes it makes
    Replay     what happened when the history ran on an ephemeral PostgreSQL
    Witness    what each statement of the new migrations did there, on tables with rows
    Drift      how its outcome differs from schema.prisma
    Finding    what a rule has to say
    Report     all of it; the only thing that renderers and publishers see

What a statement changes has a vocabulary of its own, in ``changes``.
"""

from checker.model.drift import (
    Break,
    DefaultValue,
    Definition,
    Difference,
    Drift,
    Mark,
    Picture,
    PictureColumn,
    PictureLink,
    PictureTable,
    Reference,
    Rollout,
    SchemaFault,
    Thing,
)
from checker.model.finding import (
    SEVERITIES,
    Acknowledged,
    Cleared,
    Evidence,
    Finding,
    IdleIgnore,
    Ignored,
    Place,
    Severity,
    Sighting,
    Subject,
    Unread,
    Wording,
)
from checker.model.history import (
    Base,
    History,
    LayoutName,
    Migration,
    PrismaVersion,
    Project,
    Provider,
    Script,
    State,
    Statement,
    SyntaxProblem,
)
from checker.model.lineage import Departure, Deviation, Lineage, Outcome
from checker.model.observed import (
    Command,
    Cost,
    DataFailure,
    Drop,
    Failure,
    Fill,
    LockMode,
    Loss,
    Observation,
    Replay,
    Spared,
    TableLock,
    Witness,
    Work,
)
from checker.model.report import (
    Deployed,
    MigrationSummary,
    ProjectReport,
    Report,
    Tool,
    Verdict,
    reaches,
)
from checker.model.sizes import Scale, Size

__all__ = [
    "SEVERITIES",
    "Acknowledged",
    "Base",
    "Break",
    "Cleared",
    "Command",
    "Cost",
    "DataFailure",
    "DefaultValue",
    "Definition",
    "Departure",
    "Deployed",
    "Deviation",
    "Difference",
    "Drift",
    "Drop",
    "Evidence",
    "Failure",
    "Fill",
    "Finding",
    "History",
    "IdleIgnore",
    "Ignored",
    "LayoutName",
    "Lineage",
    "LockMode",
    "Loss",
    "Mark",
    "Migration",
    "MigrationSummary",
    "Observation",
    "Outcome",
    "Picture",
    "PictureColumn",
    "PictureLink",
    "PictureTable",
    "Place",
    "PrismaVersion",
    "Project",
    "ProjectReport",
    "Provider",
    "Reference",
    "Replay",
    "Report",
    "Rollout",
    "Scale",
    "SchemaFault",
    "Script",
    "Severity",
    "Sighting",
    "Size",
    "Spared",
    "State",
    "Statement",
    "Subject",
    "SyntaxProblem",
    "TableLock",
    "Thing",
    "Tool",
    "Unread",
    "Verdict",
    "Witness",
    "Wording",
    "Work",
    "reaches",
]
