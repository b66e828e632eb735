"""Twilio's Python package as a client of our exchange, and as the judge of what the exchange sends."""

import asyncio
import base64
from email.utils import parsedate_to_datetime
from typing import Any

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.twiml.voice_response import Connect, Gather, VoiceResponse

from .customer import ORIGIN, Customer, Webhook
from .report import Report, until

CALL_SECONDS_MAX = 60.0


class Redirected(TwilioHttpClient):
    """Twilio's own client, its requests led to another host."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=20)
        self.base = base

    def request(self, method: str, url: str, *args: Any, **named: Any) -> Any:
        assert url.startswith("https://api.twilio.com/"), url
        return super().request(method, url.replace("https://api.twilio.com", self.base, 1), *args, **named)


class Carrier:
    """One run of the checks against one exchange."""

    def __init__(self, far: dict, customer: Customer, report: Report) -> None:
        self.far, self.customer, self.report = far, customer, report
        self.http = Redirected(far["twilio"])
        self.client = self.sign_in(far["account_sid"], far["auth_token"])
        self.from_ = far["numbers"][0]

    def sign_in(self, user: str, password: str) -> Client:
        return Client(user, password, account_sid=self.far["account_sid"], http_client=self.http)

    async def run(self) -> None:
        story = self.report.story
        await story("resources", asyncio.to_thread(self.resources))
        await story("refusals", asyncio.to_thread(self.refusals))
        await story("a call in turns", self.a_call_in_turns())
        await story("a streamed call", self.a_streamed_call())
        await story("calls that end before they begin", self.calls_that_end_before_they_begin())
        await story("a call that is redirected", self.a_call_that_is_redirected())
        await story("an answering machine", self.an_answering_machine())
        await story("lists", asyncio.to_thread(self.lists))
        told = len(self.customer.webhooks)
        self.report.check("the carrier has told much", told >= 30, told)
        for webhook in self.customer.webhooks:
            self.report.check(f"{webhook.method} {webhook.path} is signed", webhook.signed, webhook.params)

    def create(self, to: str, **options: Any) -> Any:
        options.setdefault("url", f"{ORIGIN}/voice")
        return self.client.calls.create(to=self.far["sleepers"][to], from_=self.from_, **options)

    async def create_and_watch(self, to: str, **options: Any) -> Any:
        """Places a call and waits for its last status callback; returns the call's resource afterwards."""
        path = f"/status/{to}"
        call = await asyncio.to_thread(
            self.create,
            to,
            status_callback=ORIGIN + path,
            status_callback_event=["initiated", "ringing", "answered", "completed"],
            **options,
        )
        over = {"completed", "busy", "no-answer", "failed", "canceled"}

        def finished() -> bool:
            return any(webhook.params.get("CallStatus") in over for webhook in self.customer.at(path))

        ended = await until(finished, CALL_SECONDS_MAX)
        self.report.check(f"the call to {to} ends", ended, [w.params for w in self.customer.at(path)])
        return await asyncio.to_thread(lambda: self.client.calls(call.sid).fetch())

    def statuses(self, to: str) -> list[str]:
        """The statuses told for a call, in the order the carrier numbered them."""
        told = sorted(self.customer.at(f"/status/{to}"), key=lambda w: int(w.params["SequenceNumber"]))
        return [webhook.params["CallStatus"] for webhook in told]

    def resources(self) -> None:
        """Account, call and their fields, as the package reads them."""
        report = self.report
        account = self.client.api.accounts(self.far["account_sid"]).fetch()
        report.same("the account is a full one", (account.sid, account.type), (self.far["account_sid"], "Full"))
        report.same("the account is active", account.status, "active")
        call = self.create("nobody", timeout=5)
        report.check("a call has a SID", call.sid.startswith("CA") and len(call.sid) == 34, call.sid)
        report.same("a fresh call is queued", (call.status, call.direction), ("queued", "outbound-api"))
        report.same("a fresh call has no end", (call.start_time, call.end_time, call.duration), (None, None, None))
        report.same("a fresh call knows both ends", (call.to, call._from), (self.far["sleepers"]["nobody"], self.from_))
        report.same("a fresh call belongs to the account", call.account_sid, self.far["account_sid"])
        fetched = self.client.calls(call.sid).fetch()
        report.same("a call can be fetched", fetched.sid, call.sid)
        report.check("its dates can be read", fetched.date_created is not None, fetched.date_created)
        ended = self.client.calls(call.sid).update(status="completed")
        report.check("a call that has not been answered can be ended", ended.sid == call.sid, ended.status)
        key, secret = self.far["twilio_key"]
        by_key = self.sign_in(key, secret).calls(call.sid).fetch()
        report.same("a key opens the account as well", by_key.sid, call.sid)

    def refusals(self) -> None:
        """What Twilio refuses, with its codes."""
        to, from_, url = self.far["sleepers"]["nobody"], self.from_, f"{ORIGIN}/voice"
        create = self.client.calls.create

        def refused(claim: str, status: int, code: int, act: Any) -> None:
            self.report.refuses(claim, TwilioRestException, {"status": status, "code": code}, act)

        refused("a foreign caller id", 400, 21210, lambda: create(to=to, from_="+14155559999", url=url))
        refused("a caller that is no number", 400, 21212, lambda: create(to=to, from_="hello", url=url))
        refused("no callee", 400, 21201, lambda: create(to="", from_=from_, url=url))
        refused("a callee that is no number", 400, 21211, lambda: create(to="hello", from_=from_, url=url))
        refused("calling oneself", 400, 21211, lambda: create(to=from_, from_=from_, url=url))
        refused("no document at all", 400, 21205, lambda: create(to=to, from_=from_))
        refused("a relative document", 400, 21205, lambda: create(to=to, from_=from_, url="/voice"))
        refused("a ring time-out past ten minutes", 400, 21208, lambda: create(to=to, from_=from_, url=url, timeout=601))
        refused(
            "an unknown event",
            400,
            21626,
            lambda: create(to=to, from_=from_, url=url, status_callback=url, status_callback_event=["exploded"]),
        )
        refused("an unknown call", 404, 20404, lambda: self.client.calls("CA" + "0" * 32).fetch())
        stranger = self.sign_in(self.far["account_sid"], "not the token")
        refused("a wrong token", 401, 20003, lambda: stranger.calls.create(to=to, from_=from_, url=url))
        stranger = self.sign_in(self.far["twilio_key"][0], "not the secret")
        refused("a wrong key", 401, 20003, lambda: stranger.calls("CA" + "0" * 32).fetch())

    async def a_call_in_turns(self) -> None:
        """Documents made with `twilio.twiml`: prompts, keys, speech."""
        report, customer = self.report, self.customer

        def opening(_: Webhook) -> str:
            response = VoiceResponse()
            gather = Gather(
                input="dtmf speech",
                action=f"{ORIGIN}/turn?of=1&from=Anna%20%26%20co",
                timeout=5,
                speech_timeout="auto",
                num_digits=1,
                action_on_empty_result=True,
                language="en-US",
            )
            gather.say('Good morning, Tom & "Jerry" <both>. Press a key.')
            response.append(gather)
            return str(response)

        def goodbye(_: Webhook) -> str:
            response = VoiceResponse()
            response.say("Have a good day.")
            response.pause(length=1)
            response.hangup()
            return str(response)

        customer.documents |= {"/voice": opening, "/turn": goodbye}
        call = await self.create_and_watch("presses_a_key")
        asked = customer.at("/voice")[-1]
        for name, value in {"CallSid": call.sid, "AccountSid": self.far["account_sid"], "From": self.from_}.items():
            report.same(f"the document is asked for with {name}", asked.params.get(name), value)
        report.same("at answer the call is in progress", asked.params.get("CallStatus"), "in-progress")
        report.same("empty parameters are sent", asked.params.get("FromCity"), "")
        turn = customer.at("/turn")[-1]
        report.same("the key arrives", (turn.params.get("Digits"), turn.params.get("msg")), ("1", "Gather End"))
        wanted = ["initiated", "ringing", "in-progress", "completed"]
        report.same("the progress is told in order", self.statuses("presses_a_key"), wanted)
        last = [w for w in customer.at("/status/presses_a_key") if w.params["CallStatus"] == "completed"][0]
        report.check("the end tells the seconds", int(last.params["CallDuration"]) > 0, last.params)
        report.same("the end tells the minutes, rounded up", last.params["Duration"], "1")
        report.same("callbacks say what they are", last.params["CallbackSource"], "call-progress-events")
        report.check("callbacks are dated", parsedate_to_datetime(last.params["Timestamp"]) is not None)
        report.same("the resource agrees", (call.status, call.duration), ("completed", last.params["CallDuration"]))
        update = lambda: self.client.calls(call.sid).update(url=f"{ORIGIN}/voice")  # noqa: E731
        wanted = {"status": 400, "code": 21220}
        await asyncio.to_thread(report.refuses, "redirecting a call that is over", TwilioRestException, wanted, update)
        call = await self.create_and_watch("says_she_is_up", method="GET")
        report.same("a document can be fetched by GET", customer.at("/voice")[-1].method, "GET")
        turn = customer.at("/turn")[-1]
        heard = turn.params.get("SpeechResult", "")
        report.check("speech arrives as text", "awake" in heard.lower(), turn.params)
        report.check("confidence is a fraction", 0 <= float(turn.params.get("Confidence", 0)) <= 1, turn.params)

    async def a_streamed_call(self) -> None:
        """`<Connect><Stream>`: the handshake, both directions, marks, and what follows the stream."""
        report, customer = self.report, self.customer

        def streamed(_: Webhook) -> str:
            response = VoiceResponse()
            connect = Connect(action=f"{ORIGIN}/stream-ended")
            stream = connect.stream(
                url=ORIGIN.replace("https", "wss") + "/media/ticket-1?dropped=1",
                status_callback=f"{ORIGIN}/stream-status",
            )
            stream.parameter(name="sleeper", value="Anna & co")
            response.append(connect)
            return str(response)

        def over(_: Webhook) -> str:
            response = VoiceResponse()
            response.hangup()
            return str(response)

        customer.documents |= {"/streamed": streamed, "/stream-ended": over}
        call = await self.create_and_watch("listens", url=f"{ORIGIN}/streamed")
        if not report.check("the media socket is opened", len(customer.streams) == 1, customer.streams):
            return
        stream = customer.streams[0]
        report.check("the handshake is signed for wss", stream.signed, stream.headers)
        report.same("the query string is dropped", stream.path, "/media/ticket-1")
        report.check("the handshake names no origin", "Origin" not in stream.headers, stream.headers)
        report.check("the stream speaks text alone", not stream.of("not text"))
        report.same("first comes `connected`", stream.messages[0].get("event"), "connected")
        start = stream.of("start")[0]
        inner = start["start"]
        report.same("`start` names the call", inner["callSid"], call.sid)
        report.same("`start` names the account", inner["accountSid"], self.far["account_sid"])
        report.check("`start` names the stream", start["streamSid"].startswith("MZ"), start)
        report.same("`start` brings the parameters", inner["customParameters"], {"sleeper": "Anna & co"})
        wanted = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        report.same("`start` tells the format", inner["mediaFormat"], wanted)
        report.same("tracks are inbound", inner["tracks"], ["inbound"])
        self.frames(stream.of("media"))
        numbers = [int(message["sequenceNumber"]) for message in stream.messages[1:]]
        report.same("messages are numbered from 1", numbers, list(range(1, len(numbers) + 1)))
        report.same("marks come back in order", [m["mark"]["name"] for m in stream.of("mark")], ["heard", "cleared"])
        report.check("the stream's end is followed by the action", len(customer.at("/stream-ended")) == 1)
        events = [webhook.params.get("StreamEvent") for webhook in customer.at("/stream-status")]
        report.same("start and end of the stream are told", events, ["stream-started", "stream-stopped"])
        report.same("the call ends as completed", call.status, "completed")

    def frames(self, media: list[dict]) -> None:
        """Inbound audio: twenty milliseconds a frame, its counters as strings."""
        report = self.report
        payloads = {len(base64.b64decode(frame["media"]["payload"], validate=True)) for frame in media}
        report.same("frames hold 20 ms", payloads, {160})
        chunks = [frame["media"]["chunk"] for frame in media]
        report.same("chunks are counted in strings", chunks, [str(n) for n in range(1, len(chunks) + 1)])
        times = [int(frame["media"]["timestamp"]) for frame in media]
        steps = {later - earlier for earlier, later in zip(times, times[1:])}
        report.check("timestamps advance by about 20 ms", all(15 <= step <= 25 for step in steps), steps)
        report.same("frames are inbound", {frame["media"]["track"] for frame in media}, {"inbound"})

    async def calls_that_end_before_they_begin(self) -> None:
        report = self.report
        for to, status in {"is_busy": "busy", "nobody": "no-answer", "out_of_order": "failed"}.items():
            call = await self.create_and_watch(to, timeout=5)
            report.same(f"{to}: the last status", self.statuses(to)[-1:], [status])
            report.same(f"{to}: the resource agrees", call.status, status)
            last = self.customer.at(f"/status/{to}")[-1].params
            report.check(f"{to}: the end has a SIP code", "SipResponseCode" in last, last)
        call = await asyncio.to_thread(self.create, "nobody", timeout=30)
        ringing = await until(lambda: self.client.calls(call.sid).fetch().status == "ringing", CALL_SECONDS_MAX)
        report.check("a call rings", ringing)
        await asyncio.to_thread(lambda: self.client.calls(call.sid).update(status="canceled"))
        canceled = await until(lambda: self.client.calls(call.sid).fetch().status == "canceled", CALL_SECONDS_MAX)
        report.check("a ringing call can be canceled", canceled)

    async def a_call_that_is_redirected(self) -> None:
        """Inline documents, at the beginning and in the middle of a call."""
        report, path = self.report, "/status/listens-again"
        waiting, ending = VoiceResponse(), VoiceResponse()
        waiting.pause(length=50)
        ending.say("That was all.")
        ending.hangup()
        options = {"status_callback": ORIGIN + path, "status_callback_event": ["answered", "completed"]}
        create = lambda: self.client.calls.create(  # noqa: E731
            to=self.far["sleepers"]["listens"], from_=self.from_, twiml=str(waiting), **options
        )
        call = await asyncio.to_thread(create)

        def is_now(status: str) -> bool:
            return any(webhook.params.get("CallStatus") == status for webhook in self.customer.at(path))

        report.check("a call with an inline document is answered", await until(lambda: is_now("in-progress"), 30))
        update = self.client.calls(call.sid).update
        redirected = await asyncio.to_thread(lambda: update(twiml=str(ending)))
        report.same("a live call takes another document", redirected.status, "in-progress")
        report.check("and comes to that document's end", await until(lambda: is_now("completed"), 10))
        statuses = [webhook.params["CallStatus"] for webhook in self.customer.at(path)]
        report.same("only the events asked for are told", statuses, ["in-progress", "completed"])

    async def an_answering_machine(self) -> None:
        report, customer = self.report, self.customer

        def message(_: Webhook) -> str:
            response = VoiceResponse()
            response.hangup()
            return str(response)

        customer.documents["/machine"] = message
        call = await self.create_and_watch("voicemail", url=f"{ORIGIN}/machine", machine_detection="Enable")
        asked = customer.at("/machine")[-1].params
        report.same("a machine is told as such", asked.get("AnsweredBy"), "machine_start")
        report.check("with the time it took", int(asked.get("MachineDetectionDuration", 0)) > 0, asked)
        report.same("and still the call has completed", call.status, "completed")

    def lists(self) -> None:
        """Filters and pages."""
        report = self.report
        everything = self.client.calls.list()
        report.check("all calls are listed", len(everything) >= 6, len(everything))
        paged = self.client.calls.list(page_size=2)
        report.same("pages add up", [call.sid for call in paged], [call.sid for call in everything])
        busy = self.client.calls.list(to=self.far["sleepers"]["is_busy"])
        report.same("calls can be listed by callee", {call.to for call in busy}, {self.far["sleepers"]["is_busy"]})
        completed = self.client.calls.list(status="completed")
        report.check("calls can be listed by status", completed and {c.status for c in completed} == {"completed"})
        first = min(call.date_created for call in everything)
        since = self.client.calls.list(start_time_after=first)
        report.check("calls can be listed by start", all(call.start_time is not None for call in since), since)
