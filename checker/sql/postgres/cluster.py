"""Objects of the whole cluster or of another one: roles, databases, servers, publications."""

from __future__ import annotations

from postgast import pg_query_pb2 as pb

from checker.model.changes import AlterObject, CreateObject, Name, RunCode
from checker.sql.postgres.objects import created, dropped
from checker.sql.postgres.registry import Reading, reads
from checker.sql.postgres.session import parameter_of
from checker.sql.postgres.terms import role


def altered(kind: str, name: Name, what: str, on: Name | None = None) -> Reading:
    return f"ALTER {kind}", (AlterObject(kind, name, what, on),)


# -- roles ----------------------------------------------------------------------------------


@reads("create_role_stmt")
def create_role(node: pb.CreateRoleStmt) -> Reading:
    return created("ROLE", Name(node.role))


@reads("alter_role_stmt")
def alter_role(node: pb.AlterRoleStmt) -> Reading:
    names = (option.def_elem.defname for option in node.options)
    return altered("ROLE", Name(role(node.role)), "SET " + ", ".join(names))


@reads("alter_role_set_stmt")
def alter_role_set(node: pb.AlterRoleSetStmt) -> Reading:
    name = role(node.role) if node.HasField("role") else "ALL"
    return altered("ROLE", Name(name), _setting(node.setstmt))


def _setting(node: pb.VariableSetStmt) -> str:
    parameter = parameter_of(node)
    return f"{'RESET' if parameter.value is None else 'SET'} {parameter.name}"


@reads("drop_role_stmt")
def drop_role(node: pb.DropRoleStmt) -> Reading:
    drops = (dropped("ROLE", role(item.role_spec), node.missing_ok)[1] for item in node.roles)
    return "DROP ROLE", tuple(change for changes in drops for change in changes)


@reads("drop_owned_stmt")
def drop_owned(_: pb.DropOwnedStmt) -> Reading:
    """No script tells which objects a role owns."""
    return "DROP OWNED", (RunCode("DROP OWNED"),)


# -- databases and tablespaces --------------------------------------------------------------


@reads("createdb_stmt")
def create_database(node: pb.CreatedbStmt) -> Reading:
    return created("DATABASE", Name(node.dbname))


@reads("alter_database_stmt")
def alter_database(node: pb.AlterDatabaseStmt) -> Reading:
    return altered("DATABASE", Name(node.dbname), "SET OPTIONS")


@reads("alter_database_refresh_coll_stmt")
def refresh_database(node: pb.AlterDatabaseRefreshCollStmt) -> Reading:
    return altered("DATABASE", Name(node.dbname), "REFRESH COLLATION VERSION")


@reads("alter_database_set_stmt")
def alter_database_set(node: pb.AlterDatabaseSetStmt) -> Reading:
    return altered("DATABASE", Name(node.dbname), _setting(node.setstmt))


@reads("dropdb_stmt")
def drop_database(node: pb.DropdbStmt) -> Reading:
    return dropped("DATABASE", node.dbname, node.missing_ok)


@reads("create_table_space_stmt")
def create_tablespace(node: pb.CreateTableSpaceStmt) -> Reading:
    return created("TABLESPACE", Name(node.tablespacename))


@reads("alter_table_space_options_stmt")
def alter_tablespace(node: pb.AlterTableSpaceOptionsStmt) -> Reading:
    return altered("TABLESPACE", Name(node.tablespacename), "RESET" if node.is_reset else "SET")


@reads("alter_table_move_all_stmt")
def move_all(node: pb.AlterTableMoveAllStmt) -> Reading:
    """ALTER TABLE ALL IN TABLESPACE, which copies every table there."""
    change = AlterObject("TABLESPACE", Name(node.orig_tablespacename), "MOVE ALL")
    return "ALTER TABLE", (change,)


@reads("drop_table_space_stmt")
def drop_tablespace(node: pb.DropTableSpaceStmt) -> Reading:
    return dropped("TABLESPACE", node.tablespacename, node.missing_ok)


# -- foreign data ---------------------------------------------------------------------------


@reads("create_fdw_stmt")
def create_wrapper(node: pb.CreateFdwStmt) -> Reading:
    return created("FOREIGN DATA WRAPPER", Name(node.fdwname))


@reads("alter_fdw_stmt")
def alter_wrapper(node: pb.AlterFdwStmt) -> Reading:
    return altered("FOREIGN DATA WRAPPER", Name(node.fdwname), "OPTIONS")


@reads("create_foreign_server_stmt")
def create_server(node: pb.CreateForeignServerStmt) -> Reading:
    return created("SERVER", Name(node.servername), if_not_exists=node.if_not_exists)


@reads("alter_foreign_server_stmt")
def alter_server(node: pb.AlterForeignServerStmt) -> Reading:
    return altered("SERVER", Name(node.servername), "OPTIONS")


@reads("create_user_mapping_stmt")
def create_user_mapping(node: pb.CreateUserMappingStmt) -> Reading:
    on = Name(node.servername)
    change = CreateObject(
        "USER MAPPING", Name(role(node.user)), on, if_not_exists=node.if_not_exists
    )
    return "CREATE USER MAPPING", (change,)


@reads("alter_user_mapping_stmt")
def alter_user_mapping(node: pb.AlterUserMappingStmt) -> Reading:
    return altered("USER MAPPING", Name(role(node.user)), "OPTIONS", Name(node.servername))


@reads("drop_user_mapping_stmt")
def drop_user_mapping(node: pb.DropUserMappingStmt) -> Reading:
    return dropped("USER MAPPING", role(node.user), node.missing_ok, Name(node.servername))


@reads("import_foreign_schema_stmt")
def import_foreign_schema(node: pb.ImportForeignSchemaStmt) -> Reading:
    """It makes foreign tables whose names and columns only the other server knows."""
    what = "IMPORT FOREIGN SCHEMA"
    return what, (RunCode(what, Name(node.remote_schema)),)


# -- replication ----------------------------------------------------------------------------


@reads("create_publication_stmt")
def create_publication(node: pb.CreatePublicationStmt) -> Reading:
    return created("PUBLICATION", Name(node.pubname))


@reads("alter_publication_stmt")
def alter_publication(node: pb.AlterPublicationStmt) -> Reading:
    what = pb.AlterPublicationAction.Name(node.action).removeprefix("AP_")
    words = {"AddObjects": "ADD", "DropObjects": "DROP"}
    return altered("PUBLICATION", Name(node.pubname), words.get(what, "SET"))


@reads("create_subscription_stmt")
def create_subscription(node: pb.CreateSubscriptionStmt) -> Reading:
    return created("SUBSCRIPTION", Name(node.subname))


@reads("alter_subscription_stmt")
def alter_subscription(node: pb.AlterSubscriptionStmt) -> Reading:
    what = pb.AlterSubscriptionType.Name(node.kind).removeprefix("ALTER_SUBSCRIPTION_")
    return altered("SUBSCRIPTION", Name(node.subname), what.replace("_", " "))


@reads("drop_subscription_stmt")
def drop_subscription(node: pb.DropSubscriptionStmt) -> Reading:
    return dropped("SUBSCRIPTION", node.subname, node.missing_ok)
