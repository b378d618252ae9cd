from __future__ import annotations

import json
from pathlib import Path

import pytest

from checker.discover.versions import find_version, parse_version
from checker.errors import InputError
from tests.discover.conftest import write

PACKAGE = json.dumps({"name": "api", "devDependencies": {"prisma": "^6.1.0"}})


def found(root: Path, directory: str = ".", *, has_url: bool = True) -> str:
    return str(find_version(root, root / directory, has_url=has_url))


PNPM_WORKSPACE = """
lockfileVersion: '9.0'

catalogs:
  default:
    prisma:
      specifier: ^6.3.0
      version: 6.3.1

importers:

  .:
    devDependencies:
      prisma:
        specifier: ^5.0.0
        version: 5.22.0

  apps/api:
    dependencies:
      '@prisma/client':
        specifier: ^6.1.0
        version: 6.2.1(prisma@6.2.1(typescript@5.7.2))(typescript@5.7.2)
    devDependencies:
      prisma:
        specifier: ^6.1.0
        version: 6.2.1(typescript@5.7.2)

packages:

  prisma@6.2.1:
    resolution: {integrity: sha512-x}
"""

LOCKS = {
    "npm 1": (
        "package-lock.json",
        '{"lockfileVersion": 1, "dependencies": {"prisma": {"version": "6.2.1", "dev": true}}}',
    ),
    "npm 2": (
        "package-lock.json",
        '{"lockfileVersion": 2, "packages": {"node_modules/prisma": {"version": "6.2.1"}},'
        ' "dependencies": {"prisma": {"version": "1.0.0"}}}',
    ),
    "npm 3, the package's own": (
        "package-lock.json",
        '{"lockfileVersion": 3, "packages": {"node_modules/prisma": {"version": "5.0.0"},'
        ' "apps/api": {"name": "api"}, "apps/api/node_modules/prisma": {"version": "6.2.1"}}}',
    ),
    "shrinkwrap": (
        "npm-shrinkwrap.json",
        '{"packages": {"": {}, "node_modules/@prisma/client": {"version": "6.2.1"}}}',
    ),
    "pnpm 5, one package": (
        "pnpm-lock.yaml",
        "lockfileVersion: 5.4\nspecifiers:\n  prisma: ^6.1.0\ndevDependencies:\n  prisma: 6.2.1\n"
        "packages:\n\n  /prisma/5.0.0:\n    dev: true\n",
    ),
    "pnpm 5, workspace": (
        "pnpm-lock.yaml",
        "lockfileVersion: 5.3\nimporters:\n  .:\n    specifiers: {}\n  apps/api:\n"
        "    specifiers:\n      '@prisma/client': ^6.1.0\n    dependencies:\n"
        "      '@prisma/client': 6.2.1_prisma@6.2.1\npackages:\n  /x/1.0.0: {}\n",
    ),
    "pnpm 6": (
        "pnpm-lock.yaml",
        "lockfileVersion: '6.0'\n\ndependencies:\n  prisma:\n    specifier: ^6.1.0\n"
        "    version: 6.2.1\n\npackages:\n\n  /prisma@6.2.1:\n    dev: false\n",
    ),
    "pnpm 9": ("pnpm-lock.yaml", PNPM_WORKSPACE),
    "pnpm 9 after another document": (
        "pnpm-lock.yaml",
        "---\nlockfileVersion: '9.0'\nimporters:\n  .:\n    configDependencies: {}\n---\n"
        + PNPM_WORKSPACE,
    ),
    "yarn classic": (
        "yarn.lock",
        '# yarn lockfile v1\n\n\nprisma-x@^1.0.0:\n  version "9.9.9"\n\n'
        'prisma@7.0.0:\n  version "7.0.0"\n\n'
        'prisma@6.1.x, prisma@^6.1.0:\n  version "6.2.1"\n  resolved "https://x/prisma.tgz#1"\n',
    ),
    "yarn berry": (
        "yarn.lock",
        '__metadata:\n  version: 8\n\n"api@workspace:apps/api":\n  version: 0.0.0-use.local\n\n'
        '"prisma@npm:^6.1.0, prisma@npm:^6.2.0":\n  version: 6.2.1\n'
        '  resolution: "prisma@npm:6.2.1"\n\n"prisma@npm:^7.0.0":\n  version: 7.1.0\n',
    ),
    "yarn, another range": (
        "yarn.lock",
        'prisma@6:\n  version "6.2.1"\n\nprisma@5:\n  version "5.9.9"\n',
    ),
    "bun": (
        "bun.lock",
        '{\n  "lockfileVersion": 1,\n  "packages": {\n'
        '    "@prisma/client": ["@prisma/client@6.9.9", "", {}, "sha512-x"],\n\n'
        '    "prisma": ["prisma@6.2.1", "", { "bin": { "prisma": "x" } }, "sha512-x"],\n\n'
        '    "web/prisma": ["prisma@5.0.0", "", {}, "sha512-x"],\n  }\n}\n',
    ),
    "bun, the package's own": (
        "bun.lock",
        '{\n  "packages": {\n    "prisma": ["prisma@5.0.0", "", {}, "x"],\n'
        '    "api/prisma": ["prisma@6.2.1", "", {}, "x"],\n  },\n}\n',
    ),
}


@pytest.mark.parametrize("case", LOCKS)
def test_lock_files(case: str, tmp_path: Path) -> None:
    name, text = LOCKS[case]
    write(tmp_path, {name: text, "apps/api/package.json": PACKAGE, "apps/api/prisma/.keep": ""})
    version = find_version(tmp_path, tmp_path / "apps/api/prisma", has_url=True)
    assert str(version) == "6.2.1"
    assert name in version.source
    assert not version.assumed


@pytest.mark.parametrize("name", ["package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe\x00",
        b"[" * 5000,
        b"a: &a [*a]\nimporters: 1\n",
        b'{"packages": 1}',
    ],
)
def test_a_broken_lock_file_says_nothing(name: str, content: bytes, tmp_path: Path) -> None:
    write(tmp_path, {name: content, "package.json": PACKAGE})
    assert found(tmp_path) == "6.1.0"


def test_the_nearest_lock_file_is_the_projects_own(tmp_path: Path) -> None:
    lock = '{"packages": {"node_modules/prisma": {"version": "%s"}}}'
    write(tmp_path, {"package-lock.json": lock % "5.0.0", "api/package-lock.json": lock % "6.8.0",
                     "api/package.json": PACKAGE, "api/prisma/.keep": ""})  # fmt: skip
    assert found(tmp_path, "api/prisma") == "6.8.0"


@pytest.mark.parametrize(
    ("text", "lowest"),
    [
        ("6.19.3", "6.19.3"),
        ("^6.19.3", "6.19.3"),
        ("~5.1", "5.1.0"),
        (">=5.2 <7", "5.2.0"),
        ("7.x", "7.0.0"),
        ("^5.0.0 || ^6.0.0", "5.0.0"),
        ("workspace:^6.4.0", "6.4.0"),
        ("npm:prisma@6.7.0", "6.7.0"),
        ("7.0.0-dev.12", "7.0.0"),
    ],
)
def test_the_lowest_version_of_a_range(text: str, lowest: str, tmp_path: Path) -> None:
    manifest = {"peerDependencies": {"@prisma/client": text}}
    write(tmp_path, {"package.json": json.dumps(manifest)})
    assert found(tmp_path) == lowest


@pytest.mark.parametrize(
    "text", ["*", "latest", "<7", "workspace:*", "catalog:none", "git+ssh://x"]
)
def test_a_range_without_a_lowest_version_leaves_an_assumption(text: str, tmp_path: Path) -> None:
    write(tmp_path, {"package.json": json.dumps({"dependencies": {"prisma": text}})})
    version = find_version(tmp_path, tmp_path, has_url=True)
    assert version.assumed
    assert str(version) == "6.19.0"


@pytest.mark.parametrize(("said", "version"), [("catalog:", "6.3.0"), ("catalog:db", "7.2.0")])
def test_catalogs_of_pnpm(said: str, version: str, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pnpm-workspace.yaml": "packages: ['*']\ncatalog:\n  prisma: ^6.3.0\n"
            "catalogs:\n  db:\n    prisma: ^7.2.0\n",
            "api/package.json": json.dumps({"devDependencies": {"prisma": said}}),
        },
    )
    assert found(tmp_path, "api") == version


def test_the_migrating_package_counts_more_than_the_client(tmp_path: Path) -> None:
    manifest = {"dependencies": {"@prisma/client": "5.0.0"}, "devDependencies": {"prisma": "6.0.0"}}
    write(tmp_path, {"package.json": json.dumps(manifest)})
    assert found(tmp_path) == "6.0.0"


def test_without_a_url_the_schema_is_of_prisma_7(tmp_path: Path) -> None:
    version = find_version(tmp_path, tmp_path, has_url=False)
    assert (str(version), version.assumed) == ("7.0.0", True)
    assert version.lists_by_locale


@pytest.mark.parametrize(
    ("text", "version"), [("6", "6.0.0"), ("6.19", "6.19.0"), ("v7.1.2", "7.1.2")]
)
def test_versions_as_users_write_them(text: str, version: str) -> None:
    assert str(parse_version(text, "--prisma-version")) == version


@pytest.mark.parametrize("text", ["", "six", "^6", "6.x", "6;7"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"write it like 6\.19\.3"):
        parse_version(text, "--prisma-version")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("yarn.lock", "prisma@^6:\n" + "  x\n" * 40_000),
        ("yarn.lock", '"prisma@^6":\n  version "' + "1" * 5_000 + '.0.0"\n'),
        ("bun.lock", "\n" * 400_000),
        ("pnpm-lock.yaml", "importers:\n" + "[" * 100_000),
        ("pnpm-lock.yaml", "!!timestamp #"),
        ("pnpm-lock.yaml", "!!int"),
        ("package-lock.json", '{"x":' * 100_000),
    ],
    ids=range(7),
)
def test_a_lock_file_that_nobody_can_read_says_nothing(
    tmp_path: Path, name: str, text: str
) -> None:
    write(tmp_path, {"package.json": '{"dependencies": {"prisma": "^6.1"}}', name: text})
    assert find_version(tmp_path, tmp_path, has_url=True).source == "prisma ^6.1 in ./package.json"
