#!/usr/bin/env python3
"""Runs the README's commands as shown, so that it cannot promise what does not work.

In a ```console block every line after `$ ` is run, from the root of the checkout. A comment right above a
block changes that:

    <!-- not run by CI: it needs an account -->
    <!-- runs until stopped: CI waits for "listening" -->

A block of commands without `console` and without such a comment is an error, and so is a link to a file
that does not exist.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECS = 600
BLOCK = re.compile(
    r"(?:^<!-- (?P<remark>[^\n]*?) -->\n\s*)?^```(?P<language>\w*)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
COMMAND_LANGUAGES = ("", "sh", "bash", "shell", "console")


@dataclass
class Block:
    """A fenced block of commands: what to run, and what the remark above it says."""

    commands: list[str]
    skipped_because: str | None
    waits_for: str | None


def blocks(text: str) -> list[Block]:
    found = []
    for match in BLOCK.finditer(text):
        if match["language"] not in COMMAND_LANGUAGES:
            continue
        remark = match["remark"] or ""
        skipped = re.fullmatch(r"not run by CI: (.+)", remark)
        waits = re.fullmatch(r'runs until stopped: CI waits for "(.+)"', remark)
        commands = re.findall(r"^\$ (.+)$", match["body"], re.MULTILINE)
        if not skipped and (match["language"] != "console" or not commands):
            raise ValueError(f"a block of commands CI cannot run, and no remark why:\n{match['body']}")
        found.append(Block(commands, skipped and skipped[1], waits and waits[1]))
    return found


def missing_links(text: str, folder: Path) -> list[str]:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    return [t for t in targets if "://" not in t and not t.startswith("mailto:") and not (folder / t).exists()]


def run(command: str, waits_for: str | None) -> str | None:
    """Runs one command; `None` when it did what it should, else what went wrong."""
    process = subprocess.Popen(
        ["bash", "-c", command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    seen = threading.Event()

    def read() -> None:
        for line in process.stdout:
            print("  |", line, end="", flush=True)
            if waits_for and waits_for in line:
                seen.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    deadline = time.monotonic() + LIMIT_SECS
    while process.poll() is None and not seen.is_set() and time.monotonic() < deadline:
        seen.wait(0.1)
    ended_by_itself = process.poll() is not None
    stop(process)
    reader.join(10)
    if waits_for:
        return None if seen.is_set() else f"never printed {waits_for!r}"
    if not ended_by_itself:
        return f"had not ended after {LIMIT_SECS} s"
    return None if process.returncode == 0 else f"ended with {process.returncode}"


def stop(process: subprocess.Popen) -> None:
    """Asks the command and what it started to end, and insists after a while."""
    for how, patience in ((signal.SIGTERM, 30), (signal.SIGKILL, 10)):
        if process.poll() is not None:
            return
        os.killpg(process.pid, how)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            print(f"readme: did not end {patience} s after {how.name}")


def self_test() -> None:
    """The reader must find what it looks for."""
    text = 'a\n```console\n$ true\nout\n$ false\n```\n<!-- not run by CI: money -->\n```sh\nx\n```\n```toml\na\n```\n'
    assert [(b.commands, b.skipped_because) for b in blocks(text)] == [(["true", "false"], None), ([], "money")]
    waiting = '<!-- runs until stopped: CI waits for "up" -->\n```console\n$ serve\n```\n'
    assert blocks(waiting)[0].waits_for == "up"
    try:
        blocks("```sh\nmake\n```\n")
        raise AssertionError("a block without a remark passed")
    except ValueError:
        pass
    assert missing_links("[a](nowhere.md) [b](https://example.com) [c](README.md#x)", ROOT) == ["nowhere.md"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--except", dest="left_out", action="append", default=[], help="a command run elsewhere")
    parser.add_argument("--links-only", action="store_true", help="look at the links, run nothing")
    options = parser.parse_args()
    self_test()
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    problems = [
        f"{document.relative_to(ROOT)} links to {target}, which is not there"
        for document in documents
        for target in missing_links(document.read_text(), document.parent)
    ]
    for block in [] if options.links_only else blocks((ROOT / "README.md").read_text()):
        if block.skipped_because:
            print(f"readme: not run: {' · '.join(block.commands)} ({block.skipped_because})")
            continue
        for command in block.commands:
            if command in options.left_out:
                print(f"readme: run by another step: {command}")
                continue
            print(f"readme: $ {command}", flush=True)
            started = time.monotonic()
            problem = run(command, block.waits_for)
            print(f"readme: {problem or 'as promised'}, {time.monotonic() - started:.0f} s")
            if problem:
                problems.append(f"README.md: `{command}` {problem}")
    for problem in problems:
        print(f"readme: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
