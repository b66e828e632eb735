"""A customer of the carrier: an HTTP server whose webhooks are judged by Twilio's `RequestValidator`."""

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import MultipartReader, WSMsgType, web
from multidict import MultiDict
from twilio.request_validator import RequestValidator

ORIGIN = "https://wake.example.com"


@dataclass
class Webhook:
    """One request of the carrier."""

    method: str
    path: str
    params: MultiDict
    signed: bool
    headers: dict[str, str]


@dataclass
class Stream:
    """One media stream, as its server saw it."""

    path: str
    signed: bool
    headers: dict[str, str]
    messages: list[dict] = field(default_factory=list)
    closed: bool = False

    def of(self, event: str) -> list[dict]:
        return [message for message in self.messages if message.get("event") == event]


class Customer:
    """Serves the documents it is given, and remembers who asked for them."""

    def __init__(self, auth_token: str) -> None:
        self.validator = RequestValidator(auth_token)
        self.webhooks: list[Webhook] = []
        self.streams: list[Stream] = []
        self.documents: dict[str, Callable[[Webhook], str]] = {}
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/media/{ticket}", self._media)
        app.router.add_route("*", "/{path:.*}", self._webhook)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        await self._runner.cleanup()

    def at(self, path: str) -> list[Webhook]:
        return [webhook for webhook in self.webhooks if webhook.path == path]

    async def _webhook(self, request: web.Request) -> web.Response:
        params = await request.post() if request.method == "POST" else MultiDict()
        assert not isinstance(params, MultipartReader)
        signature = request.headers.get("X-Twilio-Signature", "")
        signed = self.validator.validate(ORIGIN + request.raw_path, params, signature)
        if request.method == "GET":
            params = MultiDict(request.query)
        webhook = Webhook(request.method, request.path, MultiDict(params), signed, dict(request.headers))
        self.webhooks.append(webhook)
        document = self.documents.get(request.path)
        if document is None:
            return web.Response(status=204)
        return web.Response(text=document(webhook), content_type="text/xml")

    async def _media(self, request: web.Request) -> web.WebSocketResponse:
        signature = request.headers.get("X-Twilio-Signature", "")
        url = ORIGIN.replace("https", "wss") + request.raw_path
        stream = Stream(request.path, self.validator.validate(url, {}, signature), dict(request.headers))
        self.streams.append(stream)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        talk = asyncio.create_task(self._talk(socket, stream))
        async for message in socket:
            if message.type != WSMsgType.TEXT:
                stream.messages.append({"event": "not text"})
            else:
                stream.messages.append(json.loads(message.data))
        stream.closed = True
        talk.cancel()
        return socket

    async def _talk(self, socket: web.WebSocketResponse, stream: Stream) -> None:
        """Speaks for a tenth of a second, is cut short later on, and hangs up the stream."""
        while not stream.of("start"):
            await asyncio.sleep(0.01)
        sid = stream.of("start")[0]["streamSid"]

        async def send(event: str, **fields: dict) -> None:
            await socket.send_str(json.dumps({"event": event, "streamSid": sid, **fields}))

        def speech(millis: int) -> dict:
            return {"payload": base64.b64encode(b"\x7e" * 8 * millis).decode()}

        async def echoed(name: str) -> None:
            while not any(mark["mark"]["name"] == name for mark in stream.of("mark")):
                await asyncio.sleep(0.01)

        await send("media", media=speech(100))
        await send("mark", mark={"name": "heard"})
        await echoed("heard")
        # A minute that nobody will hear: its mark comes back with `clear`, not with the sound.
        await send("media", media=speech(60_000))
        await send("mark", mark={"name": "cleared"})
        await send("clear")
        await echoed("cleared")
        while len(stream.of("media")) < 25:
            await asyncio.sleep(0.01)
        await socket.close()
