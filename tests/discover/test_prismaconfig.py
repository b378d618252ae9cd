from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.discover.prismaconfig import PrismaConfig, parse_prisma_config

BOTH = PrismaConfig("db/schema.prisma", "db/migrations")


@pytest.mark.parametrize(
    "text",
    [
        # What `prisma init` writes, with comments and strings that look like code.
        """
        // schema: "wrong"
        import { defineConfig } from "prisma/config";
        export default defineConfig({
          /* migrations: { path: "wrong" } */
          datasource: { url: "}, schema: 'wrong'" },
          schema: "db/schema.prisma",
          migrations: { seed: `tsx ${file}`, path: 'db/migrations' },
        });
        """,
        """
        import path from 'node:path'
        export default defineConfig({
          schema: path.join('db', 'schema.prisma'),
          migrations: { path: path.resolve(__dirname, `db`, 'migrations') },
        })
        """,
        """
        import { dirname, join } from 'node:path'
        const here = dirname(fileURLToPath(import.meta.url))
        const db = join(here, 'db')
        console.log(db)
        const config: PrismaConfig = { schema: db + '/schema.prisma',
          "migrations": { "path": join(import.meta.dirname, 'db/migrations') as string } }
        export default config
        """,
        """
        const schema = "db/schema.prisma", other = 1;
        const migrations = { path: ("db/migrations") };
        module.exports = { schema, migrations, adapter() { return { schema: "wrong" } } };
        """,
        """
        const base = { schema: 'wrong', migrations: { path: "db/migrations" } }
        export default { ...base, schema: 'db/schema.prisma' } satisfies PrismaConfig
        """,
        "export default defineConfig(() => ({schema:'db/schema.prisma',"
        "migrations:{path:'db/migrations'}}))",
    ],
)
def test_plain_forms_are_read(text: str) -> None:
    assert parse_prisma_config(text) == BOTH


@pytest.mark.parametrize(
    "expression",
    [
        "env('SCHEMA')",
        "process.env.SCHEMA ?? 'x'",
        "`${root}/x`",
        "path.join(root(), 'x')",
        "require('./paths').schema",
        "cond ? 'a' : 'b'",
        "itself",
        "path.join()",
        "",
    ],
)
def test_what_only_running_it_would_tell_is_not_said(expression: str) -> None:
    text = f"const itself = itself; export default {{ schema: {expression} }}"
    assert parse_prisma_config(text) == PrismaConfig()


def test_a_file_that_doubles_its_constants_costs_no_more_than_its_length() -> None:
    doubling = "".join(f"const a{i} = a{i + 1} + a{i + 1};" for i in range(60))
    text = f"{doubling} const a60 = 'x'; export default {{ schema: a0 }}"
    assert parse_prisma_config(text) == PrismaConfig()


TOKENS = st.lists(
    st.sampled_from(
        [*"{}()[],;:.+=`'\"\n/", "export default ", "module.exports", "const ", "a", "b", "schema",
         "migrations", "path", "join", "...", "'x'", "as ", "//", "/*", "*/", "${", "\\", "=>"]
    ),
    max_size=60,
).map("".join)  # fmt: skip


@given(TOKENS | st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    config = parse_prisma_config(text)
    for path in (config.schema, config.migrations):
        assert path is None or len(path) <= 4096


def test_deep_nesting_is_not_understood_but_survived() -> None:
    text = "export default { schema: " + "(" * 5000 + "'x'" + ")" * 5000 + "}"
    assert parse_prisma_config(text) == PrismaConfig()


def test_what_is_external() -> None:
    config = parse_prisma_config(
        """
        const mine = ['public.a', "auth.b"] as const;
        export default defineConfig({
          tables: { external: [...mine, `public.c`] },
          enums: { external: ["public.Kind"] },
          migrations: { initShadowDb: "CREATE TABLE a ();" },
        });
        """
    )
    assert config.external == {"public.a", "auth.b", "public.c", "public.Kind"}
    assert config.shadow == "CREATE TABLE a ();"


def test_a_shadow_script_of_another_form_is_none() -> None:
    text = "export default { migrations: { initShadowDb: readFileSync('shadow.sql', 'utf8') } }"
    assert parse_prisma_config(text).shadow == ""
