# SPDX-License-Identifier: MIT
"""The protocol as docs/protocol.md tells it, as far as a peer that only reads needs it."""

import base64
import hashlib
import hmac
import json
import urllib.parse
import uuid

MAGIC = b"PX\x01"


def derive16(domain, data):
    return hashlib.sha256(domain.encode() + b"\0" + data).digest()[:16]


def number(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


class Reader:
    def __init__(self, data):
        self.data, self.place = data, 0

    def take(self, count):
        if self.place + count > len(self.data):
            raise ValueError("the message ends too early")
        self.place += count
        return self.data[self.place - count:self.place]

    def byte(self):
        return self.take(1)[0]

    def number(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def blob(self):
        return self.take(self.number())


class Held:
    """What a store holds: of each writer, how many changes and the last one's chain hash. Histories
    that are forked are not for this one."""

    def __init__(self, heads=None):
        self.heads = dict(heads or {})
        self._mark()

    def _mark(self):
        rows = b"".join(writer + hash_ for writer, (_, hash_) in sorted(self.heads.items()))
        self.fingerprint = derive16("postil fingerprint", rows)

    def claim(self):
        lines = sorted(self.heads.items())
        return (
            number(len(lines))
            + b"".join(writer + number(count) for writer, (count, _) in lines)
            + b"".join(hash_[:8] for _, (_, hash_) in lines))

    def merge(self, table, bodies):
        """Takes a block's changes in, each after the one it follows; answers their number."""
        reader = Reader(table)
        writers = [reader.take(16) for _ in range(reader.number())]
        follows = [reader.blob() for _ in writers]
        sequences, taken = [0] * len(writers), 0
        for _ in range(reader.number()):
            line = reader.number()
            is_first, writer = sequences[line] == 0, writers[line]
            sequences[line] += reader.number()
            body = bodies.blob()
            count, previous = self.heads.get(writer, (0, bytes(32)))
            if sequences[line] <= count:
                continue
            if sequences[line] != count + 1 or is_first and follows[line] != previous[:8]:
                raise ValueError("a change came that doesn't follow what is held")
            hash_ = hashlib.sha256(
                previous + writer + sequences[line].to_bytes(8, "big") + body).digest()
            self.heads[writer] = (sequences[line], hash_)
            taken += 1
        return taken

    def request(self, library, with_claim):
        """An exchange that brings nothing."""
        return (
            MAGIC + library + self.fingerprint
            + (b"\x01" + self.claim() if with_claim else b"\x00") + b"\x00")

    def answer(self, data):
        """Takes an answer in. Answers the number of new changes, and whether to ask again: not at
        all (None), or with a claim (True)."""
        reader = Reader(data)
        if reader.take(3) != MAGIC:
            raise ValueError("the answer is of another protocol")
        theirs, flags = reader.take(16), reader.byte()
        if flags & 0b11000:
            raise ValueError("the library is forked")
        if flags & 1:
            lines = reader.number()
            for _ in range(lines):
                reader.take(16)
                reader.number()
            reader.take(8 * lines)
        taken = 0
        for _ in range(reader.number()):
            table = reader.blob()
            # An edit a second is too little to be packed.
            if reader.byte() != 0:
                raise ValueError("a block came packed, which this reader does not unpack")
            taken += self.merge(table, reader)
        if taken:
            self._mark()
        again = bool(flags & 0b110)
        if not again and theirs != self.fingerprint:
            raise ValueError("not in step")
        return taken, again or None


class Invite:
    """A link, and what follows from its secret."""

    def __init__(self, link):
        parts = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)

        def data(name):
            text = parts[name][0]
            return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        self.library, self.secret, self.key = data("l"), data("s"), data("k")
        host, _, port = parts["a"][0].rpartition(":")
        self.host, self.port = host, int(port)

    def request(self, key, token, name):
        """The body that asks to be taken in."""
        proof = hmac.digest(
            hashlib.sha256(b"postil invite proof\0" + self.secret).digest(),
            b"postil join\0" + self.library + self.key + key + token, "sha256")
        return json.dumps({
            "invite": str(uuid.UUID(bytes=derive16("postil invite id", self.secret))),
            "key": key.hex(), "name": name, "addresses": [], "token": token.hex(),
            "proof": proof.hex()}).encode()
