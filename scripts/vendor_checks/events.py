"""Realtime events judged by the types of the `openai` package.

The package's own receiving side never validates, so "it could read it" proves nothing: every event goes
through `model_validate` here, and fields the types do not know are hunted for.
"""

import typing
from collections.abc import Iterator
from typing import Any

from openai.types.realtime.realtime_server_event import RealtimeServerEvent
from pydantic import BaseModel, ValidationError

# The session is typed as in a request, without what only the server knows; `obfuscation` pads deltas.
KNOWN_EXTRAS = {".session.id", ".session.object", ".session.expires_at", ".obfuscation"}


def _by_type() -> dict[str, type[BaseModel]]:
    members = typing.get_args(typing.get_args(RealtimeServerEvent)[0])
    return {typing.get_args(member.model_fields["type"].annotation)[0]: member for member in members}


SERVER_EVENTS = _by_type()


def unknown_fields(value: Any, path: str = "") -> Iterator[str]:
    """Every field the types do not know: the models keep extras instead of refusing them."""
    if isinstance(value, BaseModel):
        yield from (f"{path}.{name}" for name in value.model_extra or {})
        for name in type(value).model_fields:
            yield from unknown_fields(getattr(value, name, None), f"{path}.{name}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from unknown_fields(item, f"{path}[{index}]")


def problems(event: dict) -> list[str]:
    """What is wrong with a server's event; empty when nothing is."""
    model = SERVER_EVENTS.get(event.get("type", ""))
    if model is None:
        return [f"unknown type {event.get('type')!r}"]
    try:
        read = model.model_validate(event)
    except ValidationError as error:
        return [f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors()]
    return [f"unknown field {name}" for name in unknown_fields(read) if name not in KNOWN_EXTRAS]
