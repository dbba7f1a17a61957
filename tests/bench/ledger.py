"""ledger - how fast the ledger is written, verified and asked.

ledger.py MAKER TAGSEAL CACHE [--events N] [--large N] [--verify N] [--rows append,verify,view]
Prints tables. Ledgers of N events are made once, in CACHE.
"""
import argparse
import hashlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("maker")
parser.add_argument("tagseal")
parser.add_argument("cache", type=pathlib.Path)
parser.add_argument("--events", type=int, default=10_000)
parser.add_argument("--verify", type=int, default=100_000)
parser.add_argument("--large", type=int, default=1_000_000)
parser.add_argument("--rows", default="append,verify,view")
parser.add_argument("--json", action="store_true")
args = parser.parse_args()


def size_of(folder):
    """Bytes on disk, as blocks."""
    return sum(os.lstat(os.path.join(at, name)).st_blocks * 512
               for at, _, names in os.walk(folder) for name in names)


def children(pid):
    """All processes below one."""
    try:
        lists = [open(f"/proc/{pid}/task/{t}/children").read() for t in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []
    below = [int(p) for text in lists for p in text.split()]
    return below + [p for child in below for p in children(child)]


def proportional(pid):
    """KiB of a process, shared pages in proportion; one that has just ended has none."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as rows:
            return sum(int(r.split()[1]) for r in rows if r.startswith("Pss:"))
    except OSError:
        return 0


def quick(*command):
    """Seconds of a command that takes few."""
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - began


def timed(*command):
    """Seconds, and the most memory (KiB) that its processes had together."""
    most = 0
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        while process.poll() is None:
            if time.monotonic() - began > 0.5:
                most = max(most, sum(proportional(p) for p in [process.pid, *children(process.pid)]))
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                pass
        errors = process.stderr.read().decode()
    if process.returncode != 0:
        raise SystemExit(f"failed: {command}\n{errors}")
    return time.monotonic() - began, most


def made(events):
    """A bare ledger of so many events, and its key."""
    folder = args.cache / f"ledger-{events}"
    if not (folder / "vkey").exists():
        shutil.rmtree(folder, ignore_errors=True)
        # A million files come and go: in memory, where there is such a place.
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else os.environ["WORLD"]
        with tempfile.TemporaryDirectory(dir=memory) as place:
            subprocess.run([args.maker, "make", os.path.join(place, "made", "ledger.git"), str(events)],
                           check=True, stdout=subprocess.DEVNULL)
            shutil.move(os.path.join(place, "made"), folder)
    return str(folder / "ledger.git"), str(folder / "vkey")


def appended(layout, batch):
    with tempfile.TemporaryDirectory(dir=os.environ["WORLD"]) as folder:
        at = os.path.join(folder, "l.git")
        seconds, _ = timed(args.maker, "append", layout, at, str(args.events), str(batch))
        loose = size_of(at)
        subprocess.run(["git", "-C", at, "gc", "-q"], check=True)
        return {"layout": layout, "batch": batch, "seconds": seconds, "rate": args.events / seconds,
                "loose": loose / args.events, "packed": size_of(at) / args.events}


def append_rows():
    for batch in (1, 10, 100):
        ours, naive = appended("ours", batch), appended("naive", batch)
        yield {"id": "append", "batch": batch, "ours": ours, "naive": naive}


def verify_rows():
    repo, key = made(args.verify)
    with tempfile.TemporaryDirectory(dir=os.environ["WORLD"]) as folder:
        verify = [args.tagseal, "audit", "verify", "--repo", repo, "--log-key", key,
                  "--state", os.path.join(folder, "state")]
        seconds, memory = timed(*verify)
        yield {"id": "verify", "events": args.verify, "seconds": seconds, "rate": args.verify / seconds,
               "memory": memory}
        yield {"id": "again", "events": args.verify, "seconds": statistics.median(quick(*verify) for _ in range(5))}


def view_rows():
    repo, key = made(args.large)
    yield {"id": "growth", "events": args.large, "packed": size_of(repo) / args.large}
    os.environ["XDG_CACHE_HOME"] = str(args.cache / "views")
    ask = [args.tagseal, "audit", "find", "--repo", repo, "--log-key", key, "--sha256"]
    seconds, memory = timed(args.tagseal, "audit", "rebuild", "--repo", repo, "--log-key", key)
    yield {"id": "rebuild", "events": args.large, "seconds": seconds, "rate": args.large / seconds,
           "memory": memory}
    start = statistics.median(quick(args.tagseal, "version") for _ in range(25))
    times = []
    for n in range(0, args.large // 13 - 8, max(1, args.large // 13 // 25)):
        digest = hashlib.sha256(b"result %d" % n).hexdigest()
        times.append(quick(*ask, digest))
    yield {"id": "find", "events": args.large, "seconds": statistics.median(times), "most": max(times),
           "asked": len(times), "start": start}


KINDS = {"append": append_rows, "verify": verify_rows, "view": view_rows}
rows = [row for kind in args.rows.split(",") for row in KINDS[kind]()]
if args.json:
    print(json.dumps(rows, indent=1))
    raise SystemExit
if any(row["id"] == "append" for row in rows):
    print(f"| {args.events:,} events, durable | events per second | one folder | bytes per event, loose | one folder "
          "| packed by gc | one folder |\n| --- | --- | --- | --- | --- | --- | --- |")
for row in rows:
    if row["id"] != "append":
        continue
    ours, naive = row["ours"], row["naive"]
    print(f"| {row['batch']} a commit | {ours['rate']:,.0f} | {naive['rate']:,.0f} | {ours['loose']:,.0f} "
          f"| {naive['loose']:,.0f} | {ours['packed']:,.0f} | {naive['packed']:,.0f} |")
print("\n| what | time | events per second | memory |\n| --- | --- | --- | --- |")
WHAT = {"verify": "verify {0:,} events from the first commit on",
        "again": "verify them again: a state is kept, nothing is new",
        "rebuild": "make the view of {0:,} events anew",
        "find": "find a file by its SHA-256 in {0:,} events (median of {1}; {2:.3f} s are the start of the process)"}
for row in rows:
    if row["id"] not in WHAT:
        continue
    rate = f"{row['rate']:,.0f}" if "rate" in row else ""
    memory = f"{row['memory'] / 1024:,.0f} MiB" if "memory" in row else ""
    print(f"| {WHAT[row['id']].format(row['events'], row.get('asked'), row.get('start', 0))} | {row['seconds']:.3f} s | {rate} | {memory} |")
for row in rows:
    if row["id"] == "growth":
        print(f"\n{row['events']:,} events of whole releases take {row['packed']:,.0f} bytes each, packed.")
