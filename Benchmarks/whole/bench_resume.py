# SPDX-License-Identifier: MIT
"""A first sync from its beginning to its end, and another one in which both sides are killed: it
must go on where it stood.

Killed with SIGKILL: the receiving side when a third has come, the sending side when two thirds
have.
"""

import json
import os
import shutil
import signal
import subprocess
import threading
import time

import programs
from measuring import Series


class Receiver:
    """`syncd once` on the empty side, and what it prints."""

    def __init__(self, store):
        self.begin, self.received, self.lines, self.result = time.perf_counter(), 0, 0, None
        self.marks, self.ended = [], None
        self.process = subprocess.Popen(
            [programs.SYNCD, "once", "--store", store], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, env={**os.environ, "POSTIL_NAME": "laptop"})
        self.peak_mib = 0
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            try:
                message = json.loads(line)
            except ValueError:
                continue
            if "progress" in message:
                self.lines += 1
                self.received = message["progress"]["received"]
            elif "results" in message:
                self.result = message["results"][0]

    def memory(self):
        try:
            with open(f"/proc/{self.process.pid}/status") as file:
                fields = dict(line.split(":", 1) for line in file)
            self.peak_mib = max(self.peak_mib, int(fields["VmHWM"].split()[0]) / 1024)
        except (OSError, KeyError):
            pass

    def wait(self, until=lambda: False):
        """Until it ended, or `until` says so."""
        while self.process.poll() is None and not until():
            self.memory()
            time.sleep(0.02)
        if self.process.poll() is not None:
            self.reader.join()
        return time.perf_counter() - self.begin

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.reader.join()


def _held(store):
    status = programs.run_json("status", store=store)
    return status["changes"], status["annotations"], status["fingerprint"]


def run(report, work, annotations, runs):
    desk = programs.fresh_store(os.path.join(work, "desk"), annotations)
    changes, _, fingerprint = _held(desk)
    whole, broken, peaks = Series("s"), Series("s"), (Series("MiB"), Series("MiB"))
    wire, again, told = Series("bytes/annotation"), Series("changes"), Series("lines")
    cost, laptop = Series("s"), os.path.join(work, "laptop")
    for _ in range(runs):
        shutil.rmtree(laptop, ignore_errors=True)
        host = programs.Daemon(desk, "desk")
        try:
            programs.pair(host, laptop, "laptop")
            before, children = host.cpu_seconds(), os.times()
            receiver = Receiver(laptop)
            whole.add(receiver.wait())
            ended = os.times()
            cost.add(
                host.cpu_seconds() - before + ended.children_user - children.children_user
                + ended.children_system - children.children_system)
            peaks[0].add(receiver.peak_mib)
            peaks[1].add(host.status("VmHWM")[0] / 1024)
            _check(receiver, laptop, fingerprint)
            wire.add((receiver.result["bytesIn"] + receiver.result["bytesOut"]) / annotations)
            told.add(receiver.lines)
            shutil.rmtree(laptop)
            programs.pair(host, laptop, "laptop")
            taken, seconds = 0, 0
            receiver = Receiver(laptop)
            seconds += receiver.wait(lambda: receiver.received >= changes / 3)
            receiver.kill()
            first = _held(laptop)[0]
            receiver = Receiver(laptop)
            seconds += receiver.wait(lambda: first + receiver.received >= changes * 2 / 3)
            host.process.send_signal(signal.SIGKILL)
            host.process.wait()
            seconds += receiver.wait()
            second = _held(laptop)[0]
            taken += receiver.received - (second - first)
            host = programs.Daemon(desk, "desk", port=host.port)
            receiver = Receiver(laptop)
            seconds += receiver.wait()
            _check(receiver, laptop, fingerprint)
            taken += receiver.result["received"] - (changes - second)
            if not changes / 3 <= first < second < changes:
                raise SystemExit(f"nothing was left to resume: {first}, {second}, {changes}")
            broken.add(seconds)
            again.add(taken)
        finally:
            host.stop()
    report.row(f"first sync of {annotations:,} annotations", whole)
    report.row("the same in processor time, both sides", cost)
    report.row("bytes of bodies in all, article texts included", wire, "≤ 120")
    report.row("times that progress was told", told)
    report.row("the same sync, each side killed once, all legs", broken, peers={"unbroken": whole})
    report.row("changes that came twice", again, "0", holds=again.median == 0)
    report.row("receiver, peak", peaks[0], "≤ 150 MiB", holds=peaks[0].median <= 150)
    report.row("sender, peak", peaks[1], "≤ 150 MiB", holds=peaks[1].median <= 150)


def _check(receiver, store, fingerprint):
    held = _held(store)[2]
    if not receiver.result or not receiver.result["inStep"] or held != fingerprint:
        raise SystemExit(f"not in step: {receiver.result}, {held}, {fingerprint}")
