"""How each engine's server is asked for dumps. No password is ever passed (see engines.py)."""

from __future__ import annotations

from hamn.model.backup import Server
from hamn.platforms.engines import Argvs

_MARIADB_LISTING = (
    "SELECT schema_name, "
    "CONCAT(' CHARACTER SET ', default_character_set_name, ' COLLATE ', default_collation_name) "
    "FROM information_schema.schemata "
    "WHERE schema_name NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')"
)
_POSTGRESQL_LISTING = (
    "SELECT datname || chr(9) || ' OWNER ' || quote_ident(pg_get_userbyid(datdba)) "
    "|| ' TEMPLATE template0 ENCODING ' || quote_literal(pg_encoding_to_char(encoding)) "
    "|| ' LC_COLLATE ' || quote_literal(datcollate) "
    "|| ' LC_CTYPE ' || quote_literal(datctype) FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'"
)
# --skip-comments: no date and no name in it, so that two dumps of the same data are the same bytes.
_WHOLE = ("--single-transaction", "--quick", "--routines", "--triggers", "--events", "--skip-comments")


def server(engine: str, clients: Argvs) -> Server | None:
    """None for an engine without a server."""
    if engine == "postgresql":
        return _postgresql(clients[engine])
    return _mariadb(engine, clients[engine]) if engine in clients else None


def _mariadb(engine: str, client: tuple[str, ...]) -> Server:
    """mariadb-dump(1). The old name of the program goes with the old name of the client."""
    dump = "mariadb-dump" if client == ("mariadb",) else "mysqldump"
    accounts = (dump, "--system=users") if engine == "mariadb" else (dump, "mysql")
    return Server(
        listing=(*client, "-NBre", _MARIADB_LISTING),
        dump=(dump, *_WHOLE),
        accounts=accounts,
        sql=(*client, "-e"),
        load=client,
        quote="`",
    )


def _postgresql(client: tuple[str, ...]) -> Server:
    """pg_dump(1), pg_dumpall(1), psql(1), as the client is run: `runuser -u postgres -- psql`, or su(1) with psql
    as its shell."""

    def run(program: str, *words: str) -> tuple[str, ...]:
        return (*(word.replace("psql", program) for word in client), *words)

    return Server(
        listing=run("psql", "-XAtqc", _POSTGRESQL_LISTING),
        dump=run("pg_dump"),
        accounts=run("pg_dumpall", "--globals-only"),
        sql=run("psql", "-Xqc"),
        load=run("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-d"),
        quote='"',
    )
