# SPDX-License-Identifier: MIT
"""A TCP proxy that does to connections what networks do."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Coroutine
from typing import Any

MODES = ["delay", "reorder", "cut", "reset", "flip", "half-open"]

#: Bytes that pass before a connection is cut, reset, or forgotten, at least and at most.
BUDGET = (500, 40_000)
CHUNK = 16_384


class Proxy:
    """Passes what comes to `port` on to another, through the fault of the moment."""

    def __init__(self, target: tuple[str, int], seed: int) -> None:
        self.target = target
        self.mode = "pass"
        #: How often each fault came about.
        self.done: Counter[str] = Counter()
        self.random = random.Random(seed)
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._tasks: set[asyncio.Task[None]] = set()
        self._lines: set[Line] = set()
        self._server: asyncio.Server = self._wait(self._listen())

    def turn(self, mode: str) -> None:
        """From now on does this; connections that are open get it as well."""
        self._wait(self._turn(mode))

    def close(self) -> None:
        self._wait(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _turn(self, mode: str) -> None:
        self.mode = mode
        for line in list(self._lines):
            line.left = self.random.randrange(*BUDGET)
            # Only what connects anew can come in another order.
            if mode == "reorder":
                line.abort()

    async def _close(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if self.mode == "reorder":
            # Who comes later may come through sooner.
            self.done["reorder"] += 1
            await asyncio.sleep(self.random.uniform(0, 1.5))
        try:
            there = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        line = Line(self, writer, there[1])
        self._lines.add(line)
        try:
            await asyncio.gather(line.pump(reader, there[1]), line.pump(there[0], writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._lines.discard(line)
            line.abort()


class Line:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self.proxy = proxy
        self.ends = (near, far)
        self.left = proxy.random.randrange(*BUDGET)
        #: Nobody hears anything any more, not even that the other went.
        self.dead = False

    def abort(self) -> None:
        for end in self.ends:
            end.transport.abort()

    async def pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(CHUNK):
                if not self.dead:
                    sink.write(await self.treat(data, sink))
                    await sink.drain()
            if self.dead:
                await asyncio.sleep(3600)
            if sink.can_write_eof():
                sink.write_eof()
        except OSError:
            if self.dead:
                await asyncio.sleep(3600)
            self.abort()

    async def treat(self, data: bytes, sink: asyncio.StreamWriter) -> bytes:
        """What becomes of some bytes; raises when it is the connection that goes."""
        mode, chance = self.proxy.mode, self.proxy.random
        if mode == "delay":
            self.proxy.done[mode] += 1
            await asyncio.sleep(chance.uniform(0, 0.25))
        elif mode == "flip" and chance.random() < 0.25:
            self.proxy.done[mode] += 1
            place = chance.randrange(len(data))
            flipped = data[place] ^ (1 << chance.randrange(8))
            return data[:place] + bytes([flipped]) + data[place + 1 :]
        elif mode in ("cut", "reset", "half-open"):
            self.left -= len(data)
            if self.left < 0:
                await self.end(mode, data, sink)
                return b""
        return data

    async def end(self, mode: str, data: bytes, sink: asyncio.StreamWriter) -> None:
        self.proxy.done[mode] += 1
        # Some of it still arrives: the cut is in the middle of a body.
        sink.write(data[: self.proxy.random.randrange(len(data))])
        if mode == "half-open":
            self.dead = True
            return
        await sink.drain()
        for end in self.ends:
            if mode == "reset" and (raw := end.transport.get_extra_info("socket")):
                linger = struct.pack("ii", 1, 0)
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            end.transport.abort() if mode == "reset" else end.close()
        raise ConnectionError(mode)
