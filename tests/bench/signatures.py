"""signatures - signatures per second of our signer beside those of the token.

signatures.py BUILD TOKEN-FOLDER [--json] [--repeat N] [--seconds N] [--processes N] [--keys N]
    [--algorithms NAME,…] [--only signatures|start]
Makes a SoftHSM token in the folder. In each round all sides of an algorithm
take turns; a ratio is the median of the rounds' ratios. Prints tables.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("build", type=pathlib.Path)
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--json", action="store_true")
parser.add_argument("--repeat", type=int, default=5)
parser.add_argument("--seconds", type=float, default=1)
parser.add_argument("--processes", type=int, default=20, help="for those that sign once each")
parser.add_argument("--keys", type=int, default=1000)
parser.add_argument("--algorithms", default="rsa-3072,rsa-4096,ec-p256,ec-p384,ed25519")
parser.add_argument("--only", choices=["signatures", "start"])
args = parser.parse_args()

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
SESSIONS = ["1", "2", "4"]
BATCH = "100"
# Ours, and how others call it: mechanism of pkcs11-tool, openssl speed.
ALGORITHMS = [
    ("rsa-3072", "SHA256-RSA-PKCS", "rsa3072"),
    ("rsa-4096", "SHA256-RSA-PKCS", "rsa4096"),
    ("ec-p256", "ECDSA", "ecdsap256"),
    ("ec-p384", "ECDSA", "ecdsap384"),
    ("ed25519", "EDDSA", "ed25519"),
]
ALGORITHMS = [a for a in ALGORITHMS if a[0] in args.algorithms.split(",")]
tagseal = args.build / "tagseal"


# The engine pkcs11 of openssl finds no key of a token that has an Ed25519 key.
def token_of(name):
    return "edwards" if name == "ed25519" else "test"


def tokenrate(name, verb, *rest):
    return numbers(say(args.build / "tests/tokenrate", MODULE, token_of(name), "1234", verb, *rest))


def signerrate(name, verb, *rest):
    return numbers(say(args.build / "tests/signerrate", MODULE, token_of(name), verb, name, *rest))


def say(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


def processor():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(*command):
    """Wall clock and processor time, in ms."""
    cpu, began = processor(), time.monotonic()
    say(*command)
    return (time.monotonic() - began) * 1000, (processor() - cpu) * 1000


def numbers(text):
    return [float(word) for word in text.split()]


def new_token():
    (args.folder / "tokens").mkdir(parents=True)
    conf = args.folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {args.folder}/tokens\nlog.level = ERROR\n")
    os.environ.update(SOFTHSM2_CONF=str(conf), TAGSEAL_MODULE=MODULE, TAGSEAL_PIN="1234", PKCS11_MODULE_PATH=MODULE)
    for label in ("test", "edwards"):
        say("softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "5678", "--pin", "1234")
    for name, _, _ in ALGORITHMS:
        say(tagseal, "key", "make", "--token", f"pkcs11:token={token_of(name)}", "--label", name, "--algorithm", name)
    (args.folder / "data").write_bytes(os.urandom(32))


def key_id(name):
    return json.loads(say(tagseal, "key", "check", f"pkcs11:token={token_of(name)};object={name}", "--json"))["id"]


def each_by(*command):
    """Signatures per second, a process for each."""
    began = time.monotonic()
    for _ in range(args.processes):
        say(*command)
    return args.processes / (time.monotonic() - began)


def pkcs11_tool(name, mechanism):
    return each_by("pkcs11-tool", "--module", MODULE, "--token-label", token_of(name), "--login", "--pin", "1234", "--sign",
                   "--id", key_id(name), "-m", mechanism, "-i", args.folder / "data", "-o", args.folder / "value")


def engine(name):
    """openssl with the engine pkcs11, which has no Ed25519."""
    if name == "ed25519":
        return None
    return each_by("openssl", "pkeyutl", "-sign", "-engine", "pkcs11", "-keyform", "engine",
                   "-inkey", f"pkcs11:token=test;object={name};type=private;pin-value=1234", "-in", args.folder / "data",
                   "-out", args.folder / "value", "-pkeyopt", "digest:sha256")


def speed(name):
    """A key in memory, one thread: no token at all."""
    if args.seconds < 1:
        return None
    told = say("openssl", "speed", "-seconds", str(round(args.seconds)), "-mr", name)
    row = [line.split(":") for line in told.splitlines() if line.startswith(("+F2:", "+F4:", "+F6:"))][0]
    return float(row[4 if row[0] == "+F6" else 3])


def rate(side, *arguments):
    """Signatures per second, and us of processor time for each."""
    before = processor()
    per_second = side(*arguments)[0]
    return per_second, (processor() - before) * 1e6 / (per_second * args.seconds)


def round_of(name, mechanism, known):
    seconds = str(args.seconds)
    raw, ours = [], []
    for sessions in SESSIONS:
        raw.append(rate(tokenrate, name, "rate", name, seconds, sessions))
        ours.append(rate(signerrate, name, "rate", seconds, BATCH, sessions))
    return {"raw": raw, "ours": ours, "one": rate(signerrate, name, "rate", seconds, "1", "1"),
            "tool": pkcs11_tool(name, mechanism), "engine": engine(name), "speed": speed(known)}


def middle(values):
    return None if None in values else round(statistics.median(values), 2 if max(values) < 10 else None)


def signatures():
    results = []
    for name, mechanism, known in ALGORITHMS:
        rounds = [round_of(name, mechanism, known) for _ in range(args.repeat)]
        row = {"algorithm": name, "rounds": args.repeat}
        for i, sessions in enumerate(SESSIONS):
            row[f"raw_{sessions}"] = middle([r["raw"][i][0] for r in rounds])
            row[f"ours_{sessions}"] = middle([r["ours"][i][0] for r in rounds])
            row[f"ratio_{sessions}"] = middle([r["ours"][i][0] / r["raw"][i][0] for r in rounds])
        row["raw_us"] = middle([r["raw"][0][1] for r in rounds])
        row["ours_us"] = middle([r["ours"][0][1] for r in rounds])
        row["one_us"] = middle([r["one"][1] for r in rounds])
        row["one"] = middle([r["one"][0] for r in rounds])
        for side in ("tool", "engine", "speed"):
            row[side] = middle([r[side] for r in rounds])
        results.append(row)
    return results


def start_round(label):
    uri = f"pkcs11:token=test;object={label}"
    login, found = tokenrate(label, "open", label)
    row = {"login": login, "found": found, "signer": signerrate(label, "open")[0]}
    sides = {
        "check": [tagseal, "key", "check", uri],
        "list": [tagseal, "key", "list", "--token", "pkcs11:token=test"],
        "tool": ["pkcs11-tool", "--module", MODULE, "--token-label", "test", "--login", "--pin", "1234", "--list-objects"],
    }
    for side, command in sides.items():
        row[side], row[side + "_cpu"] = timed(*command)
    return row


def starts(keys):
    rounds = [start_round("ec-p256") for _ in range(args.repeat)]
    return {"keys": keys, "rounds": args.repeat, **{k: round(statistics.median(r[k] for r in rounds)) for k in rounds[0]}}


def start():
    few = sum(token_of(a[0]) == "test" for a in ALGORITHMS)
    before = starts(few)
    tokenrate("ec-p256", "make", str(args.keys))
    return [before, starts(few + args.keys)]


def show(value):
    return "" if value is None else f"{value:g}"


def signature_table(rows):
    print("\n| signatures per second | token: 1, 2, 4 sessions | our signer: the same | share | one at a time | "
          "pkcs11-tool for each | openssl -engine pkcs11 for each | openssl speed, no token | "
          "processor for each: token | our signer | one at a time |")
    print("| --- " * 11 + "|")
    for r in rows:
        three = [" / ".join(show(r[f"{side}_{n}"]) for n in SESSIONS) for side in ("raw", "ours", "ratio")]
        us = [f"{show(r[k])} µs" for k in ("raw_us", "ours_us", "one_us")]
        print("| " + " | ".join([r["algorithm"], *three, *(show(r[k]) for k in ("one", "tool", "engine", "speed")), *us]) + " |")


def start_table(rows):
    print("\n| private keys in the token | token: login | token: one key found | our signer knows it | `key check` of one "
          "(processor) | `key list` of all (processor) | pkcs11-tool -O (processor) |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for r in rows:
        print("| {keys} | {login} ms | {found} ms | {signer} ms | {check} ms ({check_cpu}) | {list} ms ({list_cpu}) | "
              "{tool} ms ({tool_cpu}) |".format(**r))


def main():
    new_token()
    load = round(os.getloadavg()[0], 1)
    rates = signatures() if args.only != "start" else []
    begins = start() if args.only != "signatures" else []
    if args.json:
        json.dump({"load": load, "signatures": rates, "start": begins}, sys.stdout, indent=2)
        print()
        return
    print(f"load {load} at the start, {round(os.getloadavg()[0], 1)} at the end, {os.cpu_count()} cores")
    if rates:
        signature_table(rates)
    if begins:
        start_table(begins)


main()
