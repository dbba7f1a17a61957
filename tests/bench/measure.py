"""measure - runs pairs of commands in turn and compares them.

Times are wall clock, of both sides in turn, pair by pair; a ratio is the
median of the ratios of the pairs. Processor time is that of the command and
all processes that it started and waited for, in the same runs. Memory is the proportional set size (a page
that several processes share counts once), summed over the command and all
processes that it started, the highest of samples 5 ms apart; it is taken in a
run of its own, which is not timed.
"""
import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

SAMPLE = 0.005


def children(pid):
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
        lists = [open(f"/proc/{pid}/task/{t}/children").read() for t in tasks]
    except OSError:
        return []
    below = [int(p) for text in lists for p in text.split()]
    return below + [p for child in below for p in children(child)]


def proportional(pid):
    """KiB of a process; one that has just ended has none."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as rows:
            return sum(int(r.split()[1]) for r in rows if r.startswith("Pss:"))
    except OSError:
        return 0


def start(command, folder):
    """What it says on standard error goes to a file: a pipe that nobody reads is full some day."""
    errors = tempfile.TemporaryFile()  # pylint: disable=consider-using-with
    process = subprocess.Popen(["bash", "-euo", "pipefail", "-c", command], cwd=folder,
                               stdout=subprocess.DEVNULL, stderr=errors)
    process.errors = errors
    return process


def settle(process, command):
    failed = process.wait() != 0
    with process.errors as errors:
        errors.seek(0)
        if failed:
            sys.exit(f"failed: {command}\n{errors.read().decode()}")


class Folder:
    """A fresh folder for each run; removing it is not timed."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(dir=os.environ["WORLD"])
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path)


def processor():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seconds(command):
    """Wall clock and processor time."""
    os.sync()
    with Folder() as folder:
        before, began = processor(), time.monotonic()
        settle(start(command, folder), command)
        return time.monotonic() - began, processor() - before


def side_seconds(row, side):
    wall, cpu = (t * row.get(side + "_factor", 1) for t in seconds(row[side]))
    more = seconds(row[side + "_more"]) if row.get(side + "_more") else (0, 0)
    return wall + more[0], cpu + more[1]


def peak(command):
    """MiB at the highest."""
    most = 0
    with Folder() as folder:
        process = start(command, folder)
        while process.poll() is None:
            family = [process.pid, *children(process.pid)]
            most = max(most, sum(proportional(p) for p in family))
            time.sleep(SAMPLE)
        settle(process, command)
    return most / 1024


def compare(row, repeat):
    for side in ("ours", "theirs"):
        seconds(row[side])  # warms the page cache
    ours, theirs = [], []
    for i in range(repeat):
        for side, times in ((("ours", ours), ("theirs", theirs)), (("theirs", theirs), ("ours", ours)))[i % 2]:
            times.append(side_seconds(row, side))
    if row.get("base"):
        base = [statistics.median(t) for t in zip(*(seconds(row["base"]) for _ in range(repeat)))]
        ours = [(wall - base[0], cpu - base[1]) for wall, cpu in ours]
    ratios = [t[0] / o[0] for o, t in zip(ours, theirs)]
    return {
        "name": row["name"], "against": row["against"], "pairs": repeat,
        **{f"{side}_{what}": round(statistics.median(t[i] for t in times), 3)
           for side, times in (("ours", ours), ("theirs", theirs)) for i, what in enumerate(("s", "cpu_s"))},
        "ratio": round(statistics.median(ratios), 2),
        "ratio_least": round(min(ratios), 2), "ratio_most": round(max(ratios), 2),
        "ours_mib": round(peak(row["ours"])), "theirs_mib": round(peak(row["theirs"])),
    }


def answer(command):
    with Folder() as folder:
        return subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=folder, check=True,
                              stdout=subprocess.PIPE, text=True).stdout


def share(row, repeat):
    """What a whole run gets out of the token, of what the token gives by itself."""
    reached, possible = [], []
    for _ in range(repeat):
        told = json.loads(answer(row["reached"]))
        reached.append(1000 * len(told["signatures"]) / told["token_ms"])
        possible.append([float(word) for word in answer(row["possible"]).split()])
    one, two = (statistics.median(rates) for rates in zip(*possible))
    per_second = statistics.median(reached)
    return {"name": row["name"], "pairs": repeat, "reached": round(per_second), "one_session": round(one),
            "two_sessions": round(two), "of_one": round(per_second / one, 2), "of_two": round(per_second / two, 2)}


def machine():
    with open("/proc/cpuinfo") as rows:
        model = [r.split(":", 1)[1].strip() for r in rows if r.startswith("model name")]
    tool = subprocess.run(["osslsigncode", "--version"], capture_output=True, text=True, check=False).stdout
    return {"cpu": model[0] if model else platform.machine(), "cores": os.cpu_count(),
            "kernel": platform.release(), "load": round(os.getloadavg()[0], 1),
            "osslsigncode": tool.split(",")[0].split()[-1]}


def rates(results):
    print("\n| what | reached | token, one session | token, two sessions | share of one | of two |")
    print("| --- | --- | --- | --- | --- | --- |")
    for r in results:
        print("| {name} | {reached} | {one_session} | {two_sessions} | {of_one} | {of_two} |".format(**r))


def table(facts, results):
    print("machine: {cpu}, {cores} cores, Linux {kernel}, load {load} at the start, "
          "osslsigncode {osslsigncode}\n".format(**facts))
    print("| what | against | ours | theirs | times faster (range) | processor ours | theirs | memory ours | theirs |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for r in results:
        print("| {name} | {against} | {ours_s} s | {theirs_s} s | {ratio} ({ratio_least} to {ratio_most}, "
              "{pairs} pairs) | {ours_cpu_s} s | {theirs_cpu_s} s | {ours_mib} MiB | {theirs_mib} MiB |".format(**r))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", help="the id of the rows that are compared")
    parser.add_argument("rows", help="JSON: what is compared")
    options = parser.parse_args()
    with open(options.rows) as file:
        rows = json.load(file)
    facts = machine()
    rows = [r for r in rows if options.only in (None, r["id"])]
    results = [compare(r, options.repeat) for r in rows if "ours" in r]
    shares = [share(r, options.repeat) for r in rows if "reached" in r]
    if options.json:
        json.dump({"machine": facts, "results": results, "token": shares}, sys.stdout, indent=2)
        print()
        return
    if results:
        table(facts, results)
    if shares:
        rates(shares)


main()
