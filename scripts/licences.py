#!/usr/bin/env python3
"""Holds Cargo.lock to deny.toml without the network: licences, banned crates, sources.

Advisories are not checked: their database lives on a git host, and CI reaches package registries only.
Run `cargo deny check advisories` by hand where it can be fetched.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_REGISTRY = "io-index"  # how cargo ends the address of its own registry


def allowed(expression: str, allow: set[str]) -> bool:
    """Whether an SPDX expression can be satisfied with the allowed licences alone."""
    # Before SPDX expressions, cargo wrote alternatives with a slash.
    tokens = re.findall(r"\(|\)|[^\s()/]+|/", expression)

    def either() -> bool:
        result = both()
        while tokens and tokens[0] in ("OR", "/"):
            tokens.pop(0)
            other = both()
            result = result or other
        return result

    def both() -> bool:
        result = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            other = one()
            result = result and other
        return result

    def one() -> bool:
        if not tokens:
            raise ValueError(f"cannot read the licence {expression!r}")
        token = tokens.pop(0)
        if token == "(":
            result = either()
            if not tokens or tokens.pop(0) != ")":
                raise ValueError(f"cannot read the licence {expression!r}")
            return result
        if tokens and tokens[0] == "WITH":  # An exception is allowed by name, with its licence.
            tokens.pop(0)
            token = f"{token} WITH {tokens.pop(0)}"
        return token in allow

    result = either()
    if tokens:
        raise ValueError(f"cannot read the licence {expression!r}")
    return result


def licence_problems(packages: list[dict], allow: set[str]) -> list[str]:
    problems = []
    for package in packages:
        name = f"{package['name']} {package['version']}"
        if not package["license"]:
            problems.append(f"{name} names no licence")
        elif not allowed(package["license"], allow):
            problems.append(f"{name} is licensed {package['license']}, which deny.toml does not allow")
    return problems


def source_problems(packages: list[dict], locked: list[dict]) -> list[str]:
    """Everything but ourselves comes from cargo's own registry, and Cargo.lock knows its checksum."""
    foreign = [p for p in packages if p["source"] and not p["source"].endswith(DEFAULT_REGISTRY)]
    problems = [f"{p['name']} {p['version']} comes from {p['source']}" for p in foreign]
    unchecked = [p for p in locked if p.get("source") and not p.get("checksum")]
    return problems + [f"{p['name']} {p['version']} has no checksum in Cargo.lock" for p in unchecked]


def ban_problems(metadata: dict, bans: list[dict]) -> list[str]:
    """Banned crates in the lock, unless only the named wrappers pull them in."""
    names = {p["id"]: p["name"] for p in metadata["packages"]}
    users: dict[str, set[str]] = {}
    for node in metadata["resolve"]["nodes"]:
        for dependency in node["dependencies"]:
            users.setdefault(names[dependency], set()).add(names[node["id"]])
    problems = []
    for ban in bans:
        unexpected = users.get(ban["crate"], set()) - set(ban.get("wrappers", []))
        problems += [f"{user} pulls in {ban['crate']}, which deny.toml bans" for user in sorted(unexpected)]
    return problems


def self_test() -> None:
    """The checks must be able to fail."""
    allow = {"MIT", "Apache-2.0", "Unicode-3.0"}
    for expression in ["MIT", "MIT/Apache-2.0", "(MIT OR GPL-3.0) AND Unicode-3.0", "MIT OR GPL-3.0 AND ISC"]:
        assert allowed(expression, allow), expression
    for expression in ["GPL-3.0", "MIT AND GPL-3.0", "(GPL-3.0 OR ISC)", "Apache-2.0 WITH LLVM-exception"]:
        assert not allowed(expression, allow), expression
    package = {"name": "a", "version": "1", "license": None, "source": "git+https://example.com"}
    assert licence_problems([package], allow) and source_problems([package], [])
    assert source_problems([], [{"name": "a", "version": "1", "source": "registry+x" + DEFAULT_REGISTRY}])
    metadata = {
        "packages": [{"id": "1", "name": "ours"}, {"id": "2", "name": "openssl"}],
        "resolve": {"nodes": [{"id": "1", "dependencies": ["2"]}, {"id": "2", "dependencies": []}]},
    }
    assert ban_problems(metadata, [{"crate": "openssl"}])
    assert not ban_problems(metadata, [{"crate": "openssl", "wrappers": ["ours"]}])


def main() -> int:
    self_test()
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    locked = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    packages = metadata["packages"]
    problems = licence_problems(packages, set(rules["licenses"]["allow"]))
    problems += source_problems(packages, locked)
    problems += ban_problems(metadata, rules["bans"]["deny"])
    for problem in problems:
        print(f"licences: {problem}")
    if not problems:
        print(f"licences: {len(packages)} packages: licences, sources and bans as deny.toml wants them")
        print("licences: advisories were not checked (their database is not reachable from CI)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
