# SPDX-License-Identifier: MIT
"""The built programs: commands, daemons, stores."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import time

import library

BIN = os.environ["POSTIL_BIN"]
CACHE = os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "postil-bench")
CLIENTCTL = os.path.join(BIN, "clientctl")
SYNCD = os.path.join(BIN, "syncd")


def run(*arguments, store, name="desk", check=True, text=None):
    """Runs a command on a store, and answers what it printed."""
    done = subprocess.run(
        [CLIENTCTL, *arguments, "--store", store], input=text, capture_output=True, text=True,
        env={**os.environ, "POSTIL_NAME": name})
    if check and done.returncode != 0:
        raise SystemExit(f"clientctl {' '.join(arguments)}: {done.returncode}: {done.stderr}")
    return done.stdout


def run_json(*arguments, store, name="desk"):
    return json.loads(run(*arguments, "--json", store=store, name=name))


def library_file(annotations):
    """The generated library as a file, made once."""
    os.makedirs(CACHE, exist_ok=True)
    path = os.path.join(CACHE, f"library-{annotations}.jsonl")
    if not os.path.exists(path):
        library.write(path + ".part", annotations)
        os.rename(path + ".part", path)
    return path


def _program_version():
    with open(CLIENTCTL, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:12]


def fresh_store(path, annotations):
    """A store with that many annotations: imported once a build, copied from then on."""
    os.makedirs(CACHE, exist_ok=True)
    kept = os.path.join(CACHE, f"store-{annotations}-{_program_version()}")
    if not os.path.exists(kept):
        for other in os.listdir(CACHE):
            if other.startswith(f"store-{annotations}-"):
                shutil.rmtree(os.path.join(CACHE, other))
        run("import", "json", library_file(annotations), store=kept + ".part")
        os.rename(kept + ".part", kept)
    if path:
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(kept, path)
        # The first write of a copy mints a new writer: not what is measured.
        run("tag", "add", one_article(path), "bench/warm", store=path)
    return path or kept


def one_article(store):
    return run_json("list", "limit:1", store=store)[0]["id"]


def size(store):
    """Bytes of the store's files, the write-ahead log folded in."""
    return sum(
        os.path.getsize(os.path.join(store, name)) for name in os.listdir(store)
        if not name.endswith(".sock"))


class Daemon:
    """A running `syncd`."""

    def __init__(self, store, name, http=False, port=None):
        self.store, self.name = store, name
        self.port = port or free_port()
        command = [SYNCD, "--store", store, "--listen", f"127.0.0.1:{self.port}"]
        self.http = None
        if http:
            self.http = free_port()
            command += ["--http", f"127.0.0.1:{self.http}"]
        self.log = open(os.path.join(os.path.dirname(store), f"{name}.log"), "a")
        begin = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdout=self.log, stderr=self.log, env={**os.environ, "POSTIL_NAME": name})
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                break
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit(f"syncd of {name} ended; see {self.log.name}")
                time.sleep(0.001)
        self.start_ms = (time.perf_counter() - begin) * 1000
        while not os.path.exists(os.path.join(store, "syncd.sock")):
            time.sleep(0.001)

    def status(self, *keys):
        """Numbers of `/proc/PID/status`, in KiB."""
        with open(f"/proc/{self.process.pid}/status") as file:
            fields = dict(line.split(":", 1) for line in file)
        return [int(fields[key].split()[0]) for key in keys]

    def switches(self):
        """How often its threads went to sleep so far, all together."""
        total = 0
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            with open(f"/proc/{self.process.pid}/task/{thread}/status") as file:
                fields = dict(line.split(":", 1) for line in file)
            total += int(fields["voluntary_ctxt_switches"])
        return total

    def cpu_seconds(self):
        """Processor time so far, user and system."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


def pair(host, guest_store, guest_name, *options):
    """Pairs a store with a running daemon."""
    link = run("peer", "invite", *options, store=host.store, name=host.name).strip().splitlines()[-1]
    run("peer", "join", "-", store=guest_store, name=guest_name, text=link)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
