"""OpenAI's Python package as a client of our models: Realtime and Chat Completions."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
from openai import AsyncOpenAI
from websockets.exceptions import ConnectionClosed, InvalidStatus

from . import events
from .report import Report

MODEL = "gpt-realtime-2.1"
CHAT_MODEL = "gpt-6-luna"
EVENTS_MAX = 4_000
FRAME = 160
SILENCE = b"\xff" * FRAME
VOICES = Path(__file__).resolve().parents[2] / "templates" / "assets" / "voices"

PHONE = {"input": {"format": {"type": "audio/pcmu"}}, "output": {"format": {"type": "audio/pcmu"}}}
TURNS = {
    "type": "server_vad",
    "threshold": 0.6,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 600,
    "create_response": True,
    "interrupt_response": True,
    "idle_timeout_ms": None,
}
# One response as it was captured; the deltas in the middle come in any mixture.
OPENING = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
]
DELTAS = {"response.output_audio_transcript.delta", "response.output_audio.delta"}
CLOSING = [
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
]


def tool(name: str, argument: str) -> dict:
    """A function the model may call, with one text to fill in."""
    parameters = {"type": "object", "properties": {argument: {"type": "string"}}, "required": [argument]}
    return {"type": "function", "name": name, "description": f"Use {name} when it is time.", "parameters": parameters}


class Conversation:
    """A Realtime connection whose events are all judged as they come."""

    def __init__(self, connection: Any, report: Report) -> None:
        self.connection, self.report = connection, report
        self.seen: list[dict] = []

    async def next(self) -> dict:
        event = json.loads(await self.connection.recv_bytes())
        self.seen.append(event)
        wrong = events.problems(event)
        self.report.check(f"{event.get('type')} is as OpenAI types it", not wrong, wrong)
        return event

    async def until(self, wanted: str | Callable[[dict], bool]) -> list[dict]:
        """All events up to the first wanted one, that one included."""
        found = wanted if callable(wanted) else lambda event: event["type"] == wanted
        passed = []
        while len(passed) < EVENTS_MAX:
            passed.append(await self.next())
            if found(passed[-1]):
                break
        return passed

    def seen_last(self, kind: str) -> dict:
        return next(event for event in reversed(self.seen) if event["type"] == kind)

    async def hear(self, audio: bytes) -> None:
        """Appends audio as a bridge does: frame by frame."""
        for start in range(0, len(audio), FRAME):
            piece = base64.b64encode(audio[start : start + FRAME]).decode()
            await self.connection.input_audio_buffer.append(audio=piece)


class Models:
    """One run of the checks against one server."""

    def __init__(self, far: dict, report: Report) -> None:
        self.far, self.report = far, report
        self.client = self.sign_in(far["api_key"])

    def sign_in(self, key: str) -> AsyncOpenAI:
        base = self.far["openai"]
        socket = base.replace("http", "ws", 1)
        return AsyncOpenAI(api_key=key, base_url=base, websocket_base_url=socket, max_retries=0, timeout=20)

    async def run(self) -> None:
        story = self.report.story
        await story("the door", self.the_door())
        await story("settings", self.settings())
        await story("speaking first", self.speaking_first())
        await story("a spoken turn", self.a_spoken_turn())
        await story("truncation", self.truncation())
        await story("tools", self.tools())
        await story("a barge-in", self.a_barge_in())
        await story("chat", self.chat())
        await story("refusals in chat", self.chat_refusals())

    async def connect(self, act: Callable[[Conversation], Any], **options: Any) -> None:
        async with self.client.realtime.connect(model=MODEL, **options) as connection:
            await act(Conversation(connection, self.report))

    async def the_door(self) -> None:
        report = self.report
        try:
            async with self.sign_in("sk-wrong").realtime.connect(model=MODEL) as connection:
                await connection.recv_bytes()
            report.check("a wrong key is refused", False)
        except InvalidStatus as refusal:
            report.same("a wrong key is refused", refusal.response.status_code, 401)
        except ConnectionClosed as refusal:
            report.same("a wrong key is refused", refusal.rcvd and refusal.rcvd.code, 3000)

        async def beta(talk: Conversation) -> None:
            error = (await talk.next()).get("error", {})
            report.same("the beta header is told off", error.get("code"), "beta_api_shape_disabled")
            try:
                await talk.connection.recv_bytes()
                report.check("the beta header closes the socket", False)
            except ConnectionClosed as closed:
                report.same("the beta header closes the socket", closed.rcvd and closed.rcvd.code, 4000)

        await self.connect(beta, extra_headers={"OpenAI-Beta": "realtime=v1"})

    async def settings(self) -> None:
        await self.connect(self._settings)

    async def _settings(self, talk: Conversation) -> None:
        report, session = self.report, talk.connection.session
        created = (await talk.next())["session"]
        report.same("a session begins with the server's format", created["audio"]["input"]["format"]["type"], "audio/pcm")
        vad = created["audio"]["input"]["turn_detection"]
        report.same("a session begins with the server's patience", vad["silence_duration_ms"], 200)
        await session.update(session={"type": "realtime", "audio": PHONE}, event_id="c1")
        updated = (await talk.until("session.updated"))[-1]["session"]
        report.same("telephone audio is taken", updated["audio"]["output"]["format"], {"type": "audio/pcmu"})
        report.same("what was not named stays", updated["audio"]["input"]["turn_detection"], vad)

        refused: dict[str, tuple[dict, str]] = {
            "beta names": ({"type": "realtime", "modalities": ["audio", "text"]}, "unknown_parameter"),
            "a beta voice": ({"type": "realtime", "voice": "marin"}, "unknown_parameter"),
            "temperature": ({"type": "realtime", "temperature": 0.8}, "unknown_parameter"),
            "no type": ({"instructions": "Be brief."}, "missing_required_parameter"),
            "a rate with pcmu": (
                {"type": "realtime", "audio": {"input": {"format": {"type": "audio/pcmu", "rate": 8000}}}},
                "unknown_parameter",
            ),
        }
        for number, (claim, (patch, code)) in enumerate(refused.items()):
            await session.update(session=patch, event_id=f"refused-{number}")
            answer = await talk.next()
            report.same(f"session.update with {claim} is refused", answer.get("error", {}).get("code"), code)
            named = answer.get("error", {}).get("event_id")
            report.same(f"the refusal of {claim} names the event", named, f"refused-{number}")
        await session.update(session={"type": "realtime", "instructions": "Be brief."}, event_id="c2")
        answer = await talk.next()
        report.same("refused updates are not confirmed later", answer["type"], "session.updated")
        report.same("refused updates leave nothing behind", answer["session"]["audio"], updated["audio"])

        await talk.connection.response.cancel(event_id="c3")
        answer = await talk.next()
        report.same("nothing to cancel", answer.get("error", {}).get("code"), "response_cancel_not_active")
        await talk.connection.input_audio_buffer.commit(event_id="c4")
        answer = await talk.next()
        report.same("nothing to commit", answer.get("error", {}).get("code"), "input_audio_buffer_commit_empty")
        await talk.connection.send_raw('{"type":"response.explode","event_id":"c5"}')
        answer = await talk.next()
        report.same("an unknown event", answer.get("error", {}).get("code"), "invalid_value")

    async def speaking_first(self) -> None:
        await self.connect(self._speaking_first)

    async def _speaking_first(self, talk: Conversation) -> None:
        report, connection = self.report, talk.connection
        await connection.session.update(session={"type": "realtime", "audio": PHONE})
        why = {"instructions": "Greet Anna.", "tool_choice": "none", "metadata": {"why": "greeting"}}
        await connection.response.create(response=why, event_id="first")
        await talk.until("response.created")
        await connection.response.create(event_id="second")
        await talk.until("response.done")
        told = [event for event in talk.seen if event["type"] == "error"]
        if not any(event["error"]["event_id"] == "second" for event in told):
            told += await talk.until("error")
        codes = {event["error"]["code"] for event in told}
        report.same("one response at a time", codes, {"conversation_already_has_active_response"})

        parts = [e for e in talk.seen if e["type"].startswith("response.") or e["type"].startswith("conversation.")]
        kinds = [event["type"] for event in parts]
        report.same("a response opens in order", kinds[: len(OPENING)], OPENING)
        report.same("a response closes in order", kinds[-len(CLOSING) :], CLOSING)
        report.same("sound and words between", set(kinds[len(OPENING) : -len(CLOSING)]), DELTAS)
        done = parts[-1]["response"]
        report.same("the response is complete", done["status"], "completed")
        report.same("metadata comes back", done["metadata"], {"why": "greeting"})
        report.check("usage is told", done["usage"]["output_tokens"] > 0, done["usage"])
        sound = [base64.b64decode(e["delta"], validate=True) for e in parts if e["type"] == "response.output_audio.delta"]
        report.check("there is speech", sum(map(len, sound)) > 8 * 300, sum(map(len, sound)))
        words = "".join(e["delta"] for e in parts if e["type"] == "response.output_audio_transcript.delta")
        item = done["output"][0]
        report.same("the words add up", item["content"][0]["transcript"], words)
        report.same("an item's content is output_audio", item["content"][0]["type"], "output_audio")
        ids = [event["event_id"] for event in talk.seen]
        report.same("event ids are unique", len(set(ids)), len(ids))
        limits = talk.seen[-1] if talk.seen[-1]["type"] == "rate_limits.updated" else (await talk.until("rate_limits.updated"))[-1]
        report.check("limits are told", limits["rate_limits"], limits)

    async def a_spoken_turn(self) -> None:
        await self.connect(self._a_spoken_turn)

    async def _a_spoken_turn(self, talk: Conversation) -> None:
        report, connection = self.report, talk.connection
        listening = {"format": {"type": "audio/pcmu"}, "turn_detection": TURNS, "noise_reduction": None}
        listening["transcription"] = {"model": "gpt-transcribe", "language": "en"}
        audio = {"input": listening, "output": PHONE["output"] | {"voice": "marin"}}
        await connection.session.update(session={"type": "realtime", "audio": audio})
        await talk.until("session.updated")
        await talk.hear(SILENCE * 50)
        await talk.hear((VOICES / "sleeper-yes-im-awake.ul").read_bytes())
        await talk.hear(SILENCE * 60)
        await talk.until("response.done")
        kinds = [event["type"] for event in talk.seen]
        turn = [
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            "response.created",
        ]
        order = [kind for kind in kinds if kind in turn]
        report.same("a spoken turn goes its way", order[: len(turn)], turn)
        started = next(e for e in talk.seen if e["type"] == turn[0])
        stopped = next(e for e in talk.seen if e["type"] == turn[1])
        # A second of silence first; the start is told with its padding, so a little before the sound.
        report.check("speech starts where it was spoken", 600 <= started["audio_start_ms"] <= 1_400, started)
        report.check("and stops behind it", stopped["audio_end_ms"] > started["audio_start_ms"] + 300, stopped)
        transcribed = "conversation.item.input_audio_transcription.completed"
        if transcribed not in kinds:
            await talk.until(transcribed)
        words = next(e for e in talk.seen if e["type"] == transcribed)
        report.check("the turn is transcribed", "awake" in words["transcript"].lower(), words)
        report.same("the transcript belongs to the turn", words["item_id"], started["item_id"])

    async def tools(self) -> None:
        await self.connect(self._tools)

    async def _tools(self, talk: Conversation) -> None:
        """A sleeper who gets up: the model says so with a tool, and ends the call with another."""
        report, connection = self.report, talk.connection
        listening = {"format": {"type": "audio/pcmu"}, "turn_detection": TURNS}
        await connection.session.update(
            session={
                "type": "realtime",
                "audio": {"input": listening, "output": PHONE["output"]},
                "tools": [tool("confirm_awake", "evidence"), tool("end_call", "reason")],
                "tool_choice": "auto",
                "parallel_tool_calls": False,
            }
        )
        await connection.response.create()
        await talk.until("response.done")
        called: list[str] = []
        for clip in ["monday-early-shift", "feet-on-the-floor", "making-coffee", "sunny-outside", "brushing-teeth"]:
            if called:
                break
            await talk.hear((VOICES / f"sleeper-{clip}.ul").read_bytes() + SILENCE * 60)
            called = await self.calls_of(talk)
        report.same("awake is confirmed with the tool", called, ["confirm_awake"])
        # The answer is put in by hand, and the model told to go on: it says goodbye and hangs up.
        await connection.response.create()
        called = await self.calls_of(talk)
        report.same("the goodbye and the hang-up come in one response", called, ["end_call"])
        kinds = [item["type"] for item in talk.seen_last("response.done")["response"]["output"]]
        report.same("the goodbye before the hang-up", kinds, ["message", "function_call"])

    async def calls_of(self, talk: Conversation) -> list[str]:
        """The tools called by the response that ends next, each answered."""
        done = (await talk.until("response.done"))[-1]["response"]
        calls = [item for item in done["output"] if item["type"] == "function_call"]
        for call in calls:
            self.report.check("arguments are JSON in a string", isinstance(json.loads(call["arguments"]), dict), call)
            whole = talk.seen_last("response.function_call_arguments.done")
            self.report.same("arguments are told whole", whole["arguments"], call["arguments"])
            output = {"type": "function_call_output", "call_id": call["call_id"], "output": '{"accepted":true}'}
            await talk.connection.conversation.item.create(item=output)
            await talk.until("conversation.item.done")
        return [call["name"] for call in calls]

    async def a_barge_in(self) -> None:
        await self.connect(self._a_barge_in)

    async def _a_barge_in(self, talk: Conversation) -> None:
        """The sleeper speaks while the model is still producing: its response is cancelled."""
        report, connection = self.report, talk.connection
        listening = {"format": {"type": "audio/pcmu"}, "turn_detection": TURNS}
        await connection.session.update(
            session={"type": "realtime", "audio": {"input": listening, "output": PHONE["output"]}}
        )
        await connection.response.create()
        await talk.until("response.output_audio.delta")
        await talk.hear((VOICES / "sleeper-no-wait.ul").read_bytes())
        done = (await talk.until("response.done"))[-1]["response"]
        kinds = [event["type"] for event in talk.seen]
        report.check("speech is noticed", "input_audio_buffer.speech_started" in kinds, kinds)
        report.same("the response is cancelled", done["status"], "cancelled")
        report.same("because of the turn", (done["status_details"] or {}).get("reason"), "turn_detected")
        report.same("its item stays incomplete", [item["status"] for item in done["output"]], ["incomplete"])

    async def truncation(self) -> None:
        await self.connect(self._truncation)

    async def _truncation(self, talk: Conversation) -> None:
        report, connection = self.report, talk.connection
        await connection.session.update(session={"type": "realtime", "audio": PHONE})
        await connection.response.create()
        done = (await talk.until("response.done"))[-1]
        item = done["response"]["output"][0]["id"]
        sound = sum(len(base64.b64decode(e["delta"])) for e in talk.seen if e["type"] == "response.output_audio.delta")
        cut = connection.conversation.item.truncate
        await cut(item_id=item, content_index=0, audio_end_ms=sound // 8 + 60, event_id="too-far")
        told = (await talk.until("error"))[-1]["error"]
        report.same("nothing is cut beyond its end", told["event_id"], "too-far")
        await cut(item_id=item, content_index=0, audio_end_ms=200)
        told = (await talk.until("conversation.item.truncated"))[-1]
        report.same("an item is cut where it was heard to", (told["item_id"], told["audio_end_ms"]), (item, 200))
        result = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Go on."}]}
        await connection.conversation.item.create(item=result)
        added = (await talk.until("conversation.item.added"))[-1]
        report.same("a text item is added behind it", added["previous_item_id"], item)
        await connection.conversation.item.delete(item_id=item)
        told = (await talk.until("conversation.item.deleted"))[-1]
        report.same("an item can be deleted", told["item_id"], item)
        await connection.conversation.item.retrieve(item_id="item_nowhere", event_id="nowhere")
        told = (await talk.until("error"))[-1]["error"]
        report.same("an unknown item", told["code"], "item_retrieve_invalid_item_id")

    async def chat(self) -> None:
        report = self.report
        schema = {
            "type": "object",
            "additionalProperties": False,
            "required": ["say", "awake", "evidence"],
            "properties": {
                "say": {"type": "string"},
                "awake": {"type": "boolean"},
                "evidence": {"type": "string"},
            },
        }
        answer = await self.client.chat.completions.create(
            model=CHAT_MODEL,
            reasoning_effort="none",
            max_completion_tokens=120,
            messages=[
                {"role": "developer", "content": "You wake Anna. One or two short spoken sentences."},
                {"role": "assistant", "content": "Good morning, Anna."},
                {"role": "user", "content": "Mm, five minutes."},
            ],
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "turn", "strict": True, "schema": schema},
            },
        )
        openai.types.chat.ChatCompletion.model_validate(answer.model_dump(mode="json"))
        unknown = list(events.unknown_fields(answer))
        report.check("a chat completion is as OpenAI types it", not unknown, unknown)
        choice = answer.choices[0]
        report.same("it stops by itself", choice.finish_reason, "stop")
        turn = json.loads(choice.message.content)
        wanted = {"say": str, "awake": bool, "evidence": str}
        report.same("it keeps to the schema", {name: type(value) for name, value in turn.items()}, wanted)
        report.check("it says something", turn["say"].strip(), turn)
        report.check("usage adds up", answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens)

    async def chat_refusals(self) -> None:
        report = self.report
        hello = [{"role": "user", "content": "Hello?"}]

        async def refused(claim: str, error: type[openai.APIStatusError], act: Any) -> None:
            try:
                report.check(claim, False, await act)
            except error as refusal:
                body = refusal.body if isinstance(refusal.body, dict) else {}
                report.check(claim, {"message", "type", "param", "code"} <= body.keys(), refusal.body)

        stranger = self.sign_in("sk-wrong").chat.completions
        chat = self.client.chat.completions
        await refused("a wrong key in chat", openai.AuthenticationError, stranger.create(model=CHAT_MODEL, messages=hello))
        await refused("no messages", openai.BadRequestError, chat.create(model=CHAT_MODEL, messages=[]))
        await refused(
            "the old name of the token limit",
            openai.BadRequestError,
            chat.create(model=CHAT_MODEL, messages=hello, max_tokens=20),
        )
        await refused(
            "temperature",
            openai.BadRequestError,
            chat.create(model=CHAT_MODEL, messages=hello, temperature=0.2),
        )
