# SPDX-License-Identifier: MIT
"""Resident memory of `syncd`: idle, while it sends a first sync, and while it receives one."""

import os
import shutil
import subprocess
import time

import programs
from measuring import Series


def run(report, work, annotations, runs):
    desk = programs.fresh_store(os.path.join(work, "desk"), annotations)
    idle, sending, receiving, start = (Series("MiB") for _ in range(4))
    start.unit = "ms"
    laptop = os.path.join(work, "laptop")
    for _ in range(runs):
        host = programs.Daemon(desk, "desk")
        try:
            start.add(host.start_ms)
            time.sleep(2)
            idle.add(host.status("VmRSS")[0] / 1024)
            shutil.rmtree(laptop, ignore_errors=True)
            programs.pair(host, laptop, "laptop")
            sync = subprocess.Popen(
                [programs.SYNCD, "once", "--store", laptop], stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, env={**os.environ, "POSTIL_NAME": "laptop"})
            _, status, usage = os.wait4(sync.pid, 0)
            if status != 0:
                raise SystemExit(f"syncd once: {status}")
            receiving.add(usage.ru_maxrss / 1024)
            sending.add(host.status("VmHWM")[0] / 1024)
        finally:
            host.stop()
    report.row("syncd, start to serving", start, "≤ 200 ms", holds=start.median <= 200)
    report.row(
        f"syncd idle, {annotations:,} annotations", idle, "≤ 50 MiB", holds=idle.median <= 50)
    report.row("syncd sending a first sync, peak", sending, "≤ 150 MiB",
               holds=sending.median <= 150)
    report.row("syncd receiving a first sync, peak", receiving, "≤ 150 MiB",
               holds=receiving.median <= 150)
