# SPDX-License-Identifier: MIT
"""Figures: medians with their spread, beside the goal, as text or JSON."""

import json
import resource
import statistics
import time


class Series:
    """Measurements of one thing, in one unit."""

    def __init__(self, unit="ms"):
        self.unit = unit
        self.values = []

    def add(self, value):
        self.values.append(value)

    def time(self, body):
        """Runs `body`, adds the milliseconds it took, and answers what it did."""
        begin = time.perf_counter()
        result = body()
        self.add((time.perf_counter() - begin) * 1000)
        return result

    @property
    def median(self):
        return statistics.median(self.values)

    def quantile(self, share):
        """The value below which `share` of the measurements lie (nearest rank)."""
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]

    def fields(self):
        return {
            "median": round(self.median, 3), "least": round(min(self.values), 3),
            "most": round(max(self.values), 3), "runs": len(self.values), "unit": self.unit}

    def __str__(self):
        spread = f"{number(min(self.values))}–{number(max(self.values))}"
        return f"{number(self.median)} {self.unit} ({spread}, {len(self.values)} runs)"


def number(value):
    """Three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def processor(who):
    """Processor time so far, milliseconds: of this process or of the children that ended."""
    usage = resource.getrusage(who)
    return (usage.ru_utime + usage.ru_stime) * 1000


OWN, CHILDREN = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN


class Report:
    """What a benchmark found, a row a figure."""

    def __init__(self, bench, annotations, is_json):
        self.bench, self.annotations, self.is_json, self.rows = bench, annotations, is_json, []

    def row(self, what, ours, goal="", peers=None, holds=None):
        """One figure: `ours` is a Series or a text; `peers` maps names to Series or texts."""
        self.rows.append((what, ours, goal, peers or {}, holds))
        if self.is_json:
            return
        mark = {True: "  holds", False: "  FALLS SHORT", None: ""}[holds]
        print(f"{what}\n    ours    {ours}{f'   goal {goal}' if goal else ''}{mark}", flush=True)
        for name, peer in (peers or {}).items():
            ratio = ""
            if isinstance(peer, Series) and isinstance(ours, Series) and peer.unit == ours.unit:
                ratio = f"   ours is {ours.median / peer.median:.2f} × that"
            print(f"    {name:7} {peer}{ratio}", flush=True)

    def finish(self):
        if not self.is_json:
            return
        def value(each):
            return each.fields() if isinstance(each, Series) else each
        print(json.dumps({
            "bench": self.bench, "annotations": self.annotations,
            "rows": [{
                "what": what, "ours": value(ours), "goal": goal, "holds": holds,
                "peers": {name: value(peer) for name, peer in peers.items()}}
                for what, ours, goal, peers, holds in self.rows]}, ensure_ascii=False, indent=1))
