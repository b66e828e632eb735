#!/usr/bin/env python3
"""Holds our simulators to the vendors' own Python packages.

Builds the program, starts `wakeup-coach simulate`, and drives both far sides with the clients that Twilio
and OpenAI publish (pinned in vendor_checks/requirements.txt, installed under target/). What the exchange
sends is judged by Twilio's RequestValidator, what the models send by OpenAI's types.
"""

import asyncio
import json
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / "target" / "vendors-venv"
WANTED = Path(__file__).resolve().parent / "vendor_checks" / "requirements.txt"
PROGRAM = ROOT / "target" / "debug" / "wakeup-coach"
# Calls and conversations are lived through at a multiple of real time.
SPEED = 4


def prepare() -> Path:
    """The interpreter that has the vendors' packages; installs them when the pins have changed."""
    installed = VENV / "installed.txt"
    python = VENV / "bin" / "python"
    if not installed.exists() or installed.read_text() != WANTED.read_text():
        venv.create(VENV, with_pip=True, clear=True)
        quiet = ["--quiet", "--disable-pip-version-check"]
        subprocess.run([python, "-m", "pip", "install", *quiet, "--requirement", WANTED], check=True)
        installed.write_text(WANTED.read_text())
    return python


async def judge() -> int:
    from vendor_checks.carrier import Carrier
    from vendor_checks.customer import ORIGIN, Customer
    from vendor_checks.models import Models
    from vendor_checks.report import Report

    report, token = Report(), "0123456789abcdef0123456789abcdef"
    customer = Customer(token)
    await customer.start()
    far_side = await asyncio.create_subprocess_exec(
        PROGRAM,
        "simulate",
        f"--speed={SPEED}",
        f"--auth-token={token}",
        f"--tunnel={ORIGIN}=127.0.0.1:{customer.port}",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        far = json.loads(await asyncio.wait_for(far_side.stdout.readline(), 20))
        await Carrier(far, customer, report).run()
        await Models(far, report).run()
    finally:
        far_side.stdin.close()
        try:
            code = await asyncio.wait_for(far_side.wait(), 20)
            report.same("the simulators end when their input does", code, 0)
        except TimeoutError:
            far_side.kill()
            report.check("the simulators end when their input does", False)
        await customer.stop()
    print(f"vendors: {report.held} passed, {len(report.failed)} failed")
    return 1 if report.failed else 0


def main() -> int:
    if Path(sys.prefix) == VENV:
        return asyncio.run(judge())
    python = prepare()
    subprocess.run(["cargo", "build", "--locked"], cwd=ROOT, check=True)
    return subprocess.run([python, __file__], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
