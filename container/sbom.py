"""Print what the image is made of: a bill of materials in CycloneDX 1.6.

``sbom.py STATUS PACKAGES``: Debian's packages by dpkg's file STATUS, and Python's, which are
installed in the directory PACKAGES. The same packages give the same bytes.
"""

from __future__ import annotations

import json
import sys
from email.parser import Parser
from importlib.metadata import distributions
from pathlib import Path
from typing import Any
from urllib.parse import quote


def component(kind: str, name: str, version: str, qualifiers: str = "") -> dict[str, Any]:
    """A package, with its name in the form that scanners look it up by (package-url)."""
    purl = f"pkg:{kind}/{quote(name, safe='/')}@{quote(version, safe='')}{qualifiers}"
    short = name.rpartition("/")[2]
    return {"type": "library", "bom-ref": purl, "name": short, "version": version, "purl": purl}


def debian(status: str) -> list[dict[str, Any]]:
    """The packages that are installed, by dpkg's own list of them."""
    found = []
    for paragraph in status.strip().split("\n\n"):
        fields = Parser().parsestr(paragraph, headersonly=True)
        if fields["Status"] == "install ok installed":
            where = f"?arch={fields['Architecture']}&distro=debian-13"
            found.append(component("deb", f"debian/{fields['Package']}", fields["Version"], where))
    return found


def python(directory: str) -> list[dict[str, Any]]:
    return [
        component("pypi", each.name.lower().replace("_", "-"), each.version)
        for each in distributions(path=[directory])
    ]


def main(status: str, directory: str) -> None:
    parts = debian(Path(status).read_text(encoding="utf-8")) + python(directory)
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": "prisma-migration-checker"}},
        "components": sorted(parts, key=lambda part: str(part["purl"])),
    }
    json.dump(bill, sys.stdout, indent=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
