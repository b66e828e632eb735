"""What was claimed, and whether it held."""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

# No story takes more than a few calls at a multiple of real time.
STORY_SECONDS_MAX = 90


class Report:
    """Collects claims; prints the ones that do not hold as they come."""

    def __init__(self) -> None:
        self.held = 0
        self.failed: list[str] = []

    def check(self, claim: str, holds: bool, seen: Any = None) -> bool:
        """Notes whether `claim` holds; `seen` is shown when it does not."""
        if holds:
            self.held += 1
        else:
            self.failed.append(claim)
            print(f"vendors: does not hold: {claim}\n         seen: {seen!r}", flush=True)
        return holds

    def same(self, claim: str, seen: Any, wanted: Any) -> bool:
        return self.check(claim, seen == wanted, f"{seen!r} instead of {wanted!r}")

    async def story(self, name: str, told: Awaitable[None]) -> None:
        """Runs some checks that belong together; an accident among them is a failure, not the end."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(STORY_SECONDS_MAX):
                await told
        except Exception:
            self.check(f"{name}: told to its end", False, traceback.format_exc(limit=-4))
        print(f"vendors: {name}: {time.monotonic() - started:.1f} s", flush=True)

    def refuses(self, claim: str, error: type[Exception], wanted: dict[str, Any], act: Callable[[], Any]) -> None:
        """`act` must raise `error` with these attributes."""
        try:
            self.check(claim, False, act())
        except error as refusal:
            self.same(claim, {name: getattr(refusal, name) for name in wanted}, wanted)


async def until(holds: Callable[[], bool], seconds: float) -> bool:
    """Waits for something another task brings about; `False` when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    return holds()
