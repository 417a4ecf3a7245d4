"""Named checks, one JSON line each, for the suite that started this program (harness/programs.mjs says what it expects)."""

import json
import os
import re
import sys
import time
import traceback
import uuid

ONLY = re.compile(os.environ.get("ONLY", ""))
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


def say(event):
    print(json.dumps(event), flush=True)


def report(name, features, started, problem):
    event = {"check": name, "features": features, "ms": round((time.monotonic() - started) * 1000)}
    say(event if problem is None else {**event, "problem": problem})


def check(name, features, body, *args):
    """Runs `body`. A failed check does not end the program."""
    if not ONLY.search(name):
        return
    started = time.monotonic()
    problem = None
    try:
        body(*args)
    except Exception:
        problem = traceback.format_exc()
    report(name, features, started, problem)


async def check_async(name, features, body, *args):
    if not ONLY.search(name):
        return
    started = time.monotonic()
    problem = None
    try:
        await body(*args)
    except Exception:
        problem = traceback.format_exc()
    report(name, features, started, problem)


def equal(actual, expected, what):
    if actual != expected:
        raise AssertionError(f"{what}: expected {expected!r}, got {actual!r}")


def holds(condition, what):
    if not condition:
        raise AssertionError(what)


def unique(label):
    return f"{label}-{uuid.uuid4().hex[:8]}"


def restart_broker():
    """Returns when the broker has been ended and started again."""
    say({"please": "restart"})
    sys.stdin.readline()


def until(what, condition, limit_s=30):
    """What `condition` returns, once that is true."""
    deadline = time.monotonic() + limit_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {limit_s} s for {what}")
        time.sleep(0.05)


def codec_values(count):
    return [f"{n}-{'abcdefghij' * (n % 10)}" for n in range(count)]
