#!/usr/bin/env python3
"""Places whole calls through nginx, Caddy and Apache, over TLS, with the very files in deploy/.

For each proxy: a certificate authority made for the occasion, the simulated carrier (`wakeup-coach
simulate`) that opens TLS to the proxy as a carrier does, and the daemon behind it. A call in traditional and
one in realtime mode must go through, a forged webhook must not, and nothing else may be reachable.

Needs the programs (Debian: apt-get install nginx-light caddy apache2 openssl); one that is missing fails,
unless --skip-missing says otherwise. Build first: cargo build.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
PROGRAM = ROOT / "target" / "debug" / "wakeup-coach"
HOST = "wake.example.com"
TOKEN = "a-token-for-the-proxies-script"
SLEEPER = "+14155550101"
PATIENCE = 150


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Report:
    """What was held and what was not."""

    def __init__(self):
        self.held, self.failed = 0, []

    def check(self, what, holds, saw=""):
        print(f"  {'ok  ' if holds else 'FAIL'} {what}{'' if holds else f': {saw}'}", flush=True)
        self.held += holds
        if not holds:
            self.failed.append(what)


def certificates(folder):
    """An authority and a certificate for HOST; their paths."""

    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, cwd=folder)

    names = folder / "names.txt"
    names.write_text(f"subjectAltName=DNS:{HOST}\n")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, "-subj", "/CN=proxies.py",
            "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={HOST}", "-keyout", "site.key", "-out", "site.csr")
    openssl("x509", "-req", "-in", "site.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", 2,
            "-extfile", names, "-out", "site.pem")
    return folder / "ca.pem", folder / "site.pem", folder / "site.key"


def templated(file, changes):
    """A deploy file with this run's ports and certificates; each change must be needed."""
    text = (DEPLOY / file).read_text()
    for before, after in changes:
        assert before in text, f"deploy/{file} has no {before!r}"
        text = text.replace(before, str(after))
    return text


def nginx(folder, port, backend, site, key):
    text = templated("nginx.conf", [
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("127.0.0.1:8765", f"127.0.0.1:{backend}"),
        (f"/etc/letsencrypt/live/{HOST}/fullchain.pem", site),
        (f"/etc/letsencrypt/live/{HOST}/privkey.pem", key),
    ])
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off;\npid {folder}/nginx.pid;\nerror_log stderr warn;\nevents {{}}\nhttp {{\n{temporary}{text}\n}}\n")
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]


def caddy(folder, port, backend, site, key):
    text = templated("Caddyfile", [
        (f"\n{HOST} {{\n", f"\nhttps://{HOST}:{port} {{\n\tbind 127.0.0.1\n\ttls {site} {key}\n"),
        ("127.0.0.1:8765", f"127.0.0.1:{backend}"),
    ])
    (folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + text)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def apache(folder, port, backend, site, key):
    modules = Path("/usr/lib/apache2/modules")
    wanted = ["mpm_event", "authz_core", "ssl", "socache_shmcb", "proxy", "proxy_http", "proxy_wstunnel"]
    loaded = "".join(f"LoadModule {name}_module {modules}/mod_{name}.so\n" for name in wanted)
    text = templated("apache.conf", [
        ("<VirtualHost *:443>", f"<VirtualHost 127.0.0.1:{port}>"),
        ("127.0.0.1:8765", f"127.0.0.1:{backend}"),
        (f"/etc/letsencrypt/live/{HOST}/fullchain.pem", site),
        (f"/etc/letsencrypt/live/{HOST}/privkey.pem", key),
    ])
    (folder / "httpd.conf").write_text(
        f"ServerRoot {folder}\nPidFile {folder}/httpd.pid\nMutex file:{folder}\nServerName {HOST}\n{loaded}"
        f"User www-data\nGroup www-data\nListen 127.0.0.1:{port}\nErrorLog /dev/stderr\n{text}")
    return ["apache2", "-D", "FOREGROUND", "-f", str(folder / "httpd.conf")]


PROXIES = {"nginx": nginx, "caddy": caddy, "apache2": apache}


async def relay(target, authority):
    """The carrier's TLS: whatever the exchange sends in plain goes on over TLS, certificate checked."""
    trust = ssl.create_default_context(cafile=str(authority))

    async def pump(source, sink):
        try:
            while data := await source.read(65_536):
                sink.write(data)
                await sink.drain()
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            sink.close()

    async def carry(reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection(
                "127.0.0.1", target, ssl=trust, server_hostname=HOST)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    return await asyncio.start_server(carry, "127.0.0.1", 0)


def ask(url, method="GET", headers=None, body=None):
    """Status and text of one request, refusals included."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()
    except OSError as error:
        return 0, str(error)


async def until(what, holds):
    for _ in range(PATIENCE * 5):
        if found := await asyncio.to_thread(holds):
            return found
        await asyncio.sleep(0.2)
    raise TimeoutError(f"waited in vain for {what}")


def outside(tls_port, authority, path, headers=None, body=None):
    """One request from outside, over TLS to the proxy; the status."""
    trust = ssl.create_default_context(cafile=str(authority))
    with socket.create_connection(("127.0.0.1", tls_port), timeout=20) as plain:
        with trust.wrap_socket(plain, server_hostname=HOST) as line:
            method = "POST" if body is not None else "GET"
            fields = {"Host": HOST, "Connection": "close", **(headers or {})}
            if body is not None:
                fields["Content-Length"] = str(len(body))
            head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
            line.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + (body or b""))
            return int(line.recv(4_096).split()[1])


def finished(database, attempt):
    """Mode, outcome and fall back of an attempt once it is over."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as rows:
        return rows.execute(
            "SELECT mode, outcome, fell_back_reason, ticket_used_at_ms FROM attempts WHERE id = ? AND state = 'finished'",
            (attempt,)).fetchone()


async def try_proxy(name, report):
    folder = Path(tempfile.mkdtemp(prefix=f"wakeup-{name}-"))
    folder.chmod(0o755)
    authority, site, key = certificates(folder)
    tls_port, backend, admin = free_port(), free_port(), free_port()
    running, line = [], await relay(tls_port, authority)
    try:
        entrance = line.sockets[0].getsockname()[1]
        far = await asyncio.create_subprocess_exec(
            PROGRAM, "simulate", f"--tunnel=https://{HOST}=127.0.0.1:{entrance}",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        running.append(far)
        told = json.loads(await asyncio.wait_for(far.stdout.readline(), 30))
        database = folder / "coach.db"
        daemon = await asyncio.create_subprocess_exec(PROGRAM, "serve", cwd=folder, env={
            "PATH": os.environ["PATH"], "RUST_LOG": "warn",
            "TWILIO_ACCOUNT_SID": told["account_sid"], "TWILIO_AUTH_TOKEN": told["auth_token"],
            "TWILIO_PHONE_NUMBER": told["numbers"][0], "TWILIO_API_URL": told["twilio"],
            "OPENAI_API_KEY": told["api_key"], "OPENAI_BASE_URL": told["openai"],
            "BASE_URL": f"https://{HOST}", "PORT": str(backend), "ADMIN_LISTEN": f"127.0.0.1:{admin}",
            "ADMIN_TOKEN": TOKEN, "DATABASE_URL": f"sqlite://{database}", "PHONE_NUMBER": SLEEPER,
        })
        running.append(daemon)
        proxy = await asyncio.create_subprocess_exec(*PROXIES[name](folder, tls_port, backend, site, key))
        running.append(proxy)
        await until("the daemon", lambda: ask(f"http://127.0.0.1:{admin}/healthz")[0] == 200)
        await until("the proxy", lambda: reachable(tls_port, authority))
        await calls(name, report, database, admin)
        await strangers(name, report, tls_port, authority)
    finally:
        for process in reversed(running):
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
        for process in reversed(running):
            try:
                await asyncio.wait_for(process.wait(), 20)
            except TimeoutError:
                process.kill()
        line.close()
        shutil.rmtree(folder, ignore_errors=True)


def reachable(tls_port, authority):
    try:
        return outside(tls_port, authority, "/healthz") == 200
    except OSError:
        return False


async def calls(name, report, database, admin):
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    for mode in ("traditional", "realtime"):
        status, text = await asyncio.to_thread(
            ask, f"http://127.0.0.1:{admin}/test-call-{mode}", "POST", bearer, b"")
        report.check(f"{name}: a call in {mode} mode is placed", status == 200, f"{status} {text}")
        if status != 200:
            continue
        attempt = json.loads(text)["attempt"]
        ran, outcome, fell_back, socket_used = await until("the call's end", lambda: finished(database, attempt))
        report.check(f"{name}: it runs and wakes her", (ran, outcome, fell_back) == (mode, "up", None),
                     f"{ran}, {outcome}, {fell_back}")
        if mode == "realtime":
            report.check(f"{name}: its audio came over the upgraded socket", socket_used is not None)


async def strangers(name, report, tls_port, authority):
    def status(path, headers=None, body=None):
        return outside(tls_port, authority, path, headers, body)

    form = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "forged"}
    forged = await asyncio.to_thread(status, f"/voice/{'x' * 32}", form, b"CallSid=CA0&CallStatus=in-progress")
    report.check(f"{name}: a forged webhook is refused", forged in (403, 404), forged)
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    for path in ("/", "/api/v1/schedules", "/test-call", "/diagnostics", "/list-scheduled", "/realtime-api-config"):
        saw = await asyncio.to_thread(status, path, bearer)
        report.check(f"{name}: {path} does not stand outside", saw == 404, saw)


async def main():
    report = Report()
    there = [name for name in PROXIES if shutil.which(name)]
    # At once: they wait more than they work.
    ends = await asyncio.gather(*(try_proxy(name, report) for name in there), return_exceptions=True)
    for name, end in zip(there, ends, strict=True):
        report.check(f"{name}: everything was tried", end is None, repr(end))
    for name in PROXIES:
        if name in there:
            continue
        if "--skip-missing" in sys.argv[1:]:
            print(f"{name}: not installed, skipped")
        else:
            report.check(f"{name} is installed", False, "apt-get install nginx-light caddy apache2")
    print(f"proxies: {report.held} passed, {len(report.failed)} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    os.environ["PATH"] += ":/usr/sbin"
    sys.exit(asyncio.run(main()))
