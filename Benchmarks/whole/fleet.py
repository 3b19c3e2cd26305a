# SPDX-License-Identifier: MIT
"""Many peers in one process, each with a device key of its own, paired, over TLS: what
`bench_peers.py` puts on a daemon.

A peer does what `syncd` does as a caller (docs/protocol.md): it holds `GET /v1/events` open on one
connection; at each notice of another fingerprint than its own it asks `POST /v1/exchange` on a
second one, and 0.3 s after changes came it asks once more, which is the receipt; when nothing
happens, it asks every 30 s. It checks the server's key, verifies that every change follows the one
before by its chain hash, and works the fingerprint out for itself. It keeps no articles, writes no
disk and fetches no texts. The first peer gets the whole library; the others begin with what that
one holds, like copies of a backup.

    python3 fleet.py FOLDER     reads links on standard input, a line each, and pairs a peer by
                                each; `go`: connects them; `stop`: prints what they saw, and ends
"""

import asyncio
import hashlib
import json
import os
import ssl
import subprocess
import sys
import time
import uuid

from wire import Held, Invite

RECEIPT_SECONDS = 0.3
PAUSE_SECONDS = 30
# What stands before the 65 bytes of a P-256 point in a SubjectPublicKeyInfo (RFC 5480).
P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")


def key_hash(certificate):
    """SHA-256 of the public key in a certificate's DER."""
    place = certificate.index(P256)
    return hashlib.sha256(certificate[place:place + len(P256) + 65]).digest()


class Connection:
    """One connection, kept alive."""

    def __init__(self, reader, writer, host):
        self.reader, self.writer, self.host = reader, writer, host

    @staticmethod
    async def open(invite, tls):
        reader, writer = await asyncio.open_connection(invite.host, invite.port, ssl=tls)
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        if key_hash(shown) != invite.key:
            raise ValueError("another device answered")
        return Connection(reader, writer, f"{invite.host}:{invite.port}")

    async def ask(self, method, path, body=b"", kind="application/octet-stream"):
        """Sends a request and reads the answer's head; its fields."""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\n"
        if method == "POST":
            head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        self.writer.write(head.encode() + b"\r\n" + body)
        status = (await self.reader.readline()).split()
        fields = {}
        while (line := await self.reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(":")
            fields[name.lower()] = value.strip()
        if len(status) < 2 or status[1] != b"200":
            rest = await self.reader.read(300)
            raise ValueError(f"{path} was answered with {status}: {rest}")
        return fields

    async def post(self, path, body, kind="application/octet-stream"):
        fields = await self.ask("POST", path, body, kind)
        return await self.reader.readexactly(int(fields["content-length"]))


class Peer:
    def __init__(self, folder, index, link):
        self.name, self.invite = f"peer{index}", Invite(link)
        file = os.path.join(folder, self.name + ".pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={self.name}", "-days", "2",
             "-keyout", file, "-out", file + ".crt"], check=True, capture_output=True)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        # A device is its key, which is compared by hand.
        self.tls.check_hostname, self.tls.verify_mode = False, ssl.CERT_NONE
        self.tls.minimum_version = ssl.TLSVersion.TLSv1_3
        self.tls.set_alpn_protocols(["http/1.1"])
        self.tls.load_cert_chain(file + ".crt", file)
        with open(file + ".crt") as text:
            self.key = key_hash(ssl.PEM_cert_to_DER_cert(text.read()))
        self.held, self.seen = Held(), []
        self.changes = self.exchanges = self.notices = self.bytes_in = 0
        self.busy, self.next = asyncio.Lock(), None

    async def pair(self):
        line = await Connection.open(self.invite, self.tls)
        body = self.invite.request(self.key, os.urandom(32), self.name)
        answer = json.loads(await line.post("/v1/pair", body, "application/json"))
        if uuid.UUID(answer["library"]).bytes != self.invite.library:
            raise ValueError("paired with another library")
        line.writer.close()

    async def connect(self):
        self.line = await Connection.open(self.invite, self.tls)
        await self.exchange()
        connected = asyncio.Event()
        spawn(self.listen(connected))
        await connected.wait()

    async def exchange(self):
        """Until in step. `syncd` claims too when its claim is short."""
        async with self.busy:
            claim, brought = len(self.held.heads) <= 2 or not self.exchanges, 0
            while claim is not None:
                request = self.held.request(self.invite.library, claim)
                answer = await self.line.post("/v1/exchange", request)
                self.exchanges += 1
                self.bytes_in += len(answer)
                taken, claim = self.held.answer(answer)
                brought += taken
            if brought:
                self.changes += brought
                self.seen.append((self.held.fingerprint.hex(), time.monotonic()))
            if self.next:
                self.next.cancel()
            self.next = asyncio.get_running_loop().call_later(
                RECEIPT_SECONDS if brought else PAUSE_SECONDS, lambda: spawn(self.exchange()))

    async def listen(self, connected):
        events = await Connection.open(self.invite, self.tls)
        await events.ask("GET", "/v1/events")
        connected.set()
        while line := await events.reader.readline():
            if line.startswith(b"data: "):
                self.notices += 1
                theirs = uuid.UUID(line[6:].decode().strip()).bytes
                if theirs != self.held.fingerprint:
                    await self.exchange()
        raise ValueError("the stream of events ended")


tasks = set()


def spawn(work):
    """Runs `work`; when it fails, everything ends."""
    def done(task):
        tasks.discard(task)
        if not task.cancelled() and task.exception():
            print(f"a peer failed: {task.exception()!r}", file=sys.stderr, flush=True)
            os._exit(1)
    task = asyncio.ensure_future(work)
    tasks.add(task)
    task.add_done_callback(done)


async def main(folder):
    commands = asyncio.StreamReader(limit=1 << 16)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    peers = []
    while (line := (await commands.readline()).decode().strip()) not in ("stop", ""):
        if line.startswith("go "):
            heads = {
                bytes.fromhex(writer): (count, bytes.fromhex(hash_))
                for writer, count, hash_ in json.loads(line[3:])}
            for peer in peers:
                peer.held = Held(heads)
                await peer.connect()
        else:
            peers.append(Peer(folder, len(peers), line))
            await peers[-1].pair()
        print("ok", flush=True)
    print(json.dumps({
        "cpuSeconds": time.process_time(), "peers": [{
            "changes": each.changes, "exchanges": each.exchanges, "notices": each.notices,
            "bytesIn": each.bytes_in, "fingerprint": each.held.fingerprint.hex(),
            "seen": each.seen} for each in peers]}), flush=True)
    os._exit(0)


asyncio.run(main(sys.argv[1]))
