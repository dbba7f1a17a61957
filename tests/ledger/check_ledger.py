#!/usr/bin/env python3
"""Checks a ledger by its specification alone: git, hashlib and openssl.

check_ledger.py REPOSITORY COMMIT VKEY [CHECKPOINT [RECEIPT]]
Roots of timestamp authorities: TSA_ROOTS. Witnesses: WITNESSES, their keys.
Prints the number of events and the root; any fault is an exit code of 1.
"""
import base64
import datetime
import hashlib
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

HOLDER = ("certificate", "certificate_sha256", "spki_sha256", "token", "session")


def git(*args):
    return subprocess.run(["git", "-C", sys.argv[1], *args], check=True,
                          stdout=subprocess.PIPE).stdout


def sha(data):
    return hashlib.sha256(data).digest()


def root_of(leaves):
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha(b"\x01" + root_of(leaves[:k]) + root_of(leaves[k:]))


def openssl_verify(vkey, text, signature):
    name, key_id, material = vkey.split("+", 2)
    raw = base64.b64decode(material)
    if raw[0] == 1:
        assert sha(name.encode() + b"\n" + raw).hex()[:8] == key_id
        ed25519_verify(raw[1:], text, signature)
    else:
        assert raw[0] == 2
        assert sha(raw[1:]).hex()[:8] == key_id
        spki_verify(raw[1:], ["-digest", "sha256"], text, signature)


def ed25519_verify(key, text, signature):
    spki_verify(bytes.fromhex("302a300506032b6570032100") + key, [], text,
                signature)


def spki_verify(spki, how, text, signature):
    with tempfile.TemporaryDirectory() as d:
        for file, data in (("k", spki), ("t", text), ("s", signature)):
            with open(d + "/" + file, "wb") as f:
                f.write(data)
        subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", *how,
                        "-pubin", "-keyform", "DER",
                        "-inkey", d + "/k", "-in", d + "/t", "-sigfile",
                        d + "/s"], check=True, stdout=subprocess.DEVNULL)


def checkpoint(note, vkey):
    text, lines = note.rsplit(b"\n\n", 1)
    text += b"\n"
    name, key_id, _ = vkey.split("+", 2)
    signed = False
    for line in lines.decode().splitlines():
        mark, who, value = line.split(" ")
        raw = base64.b64decode(value, validate=True)
        assert mark == "\u2014"
        if (who, raw[:4].hex()) == (name, key_id):
            openssl_verify(vkey, text, raw[4:])
            signed = True
    assert signed
    origin, size, root = text.decode().splitlines()
    assert origin == name
    return int(size), base64.b64decode(root, validate=True)


def canonical(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False,
                      separators=(",", ":")).encode()


def event(data, n):
    value = json.loads(data)
    assert canonical(value) == data, f"event {n} is not canonical"
    assert value["n"] == n and value["v"] == 1
    assert len(data) <= 65535
    if value["type"] == "request.created":
        name = "sr-" + sha(canonical(value["body"])).hex()
        assert value["request"] == name
    return value


def blob(name):
    return f"blobs/sha256/{name[:2]}/{name[2:4]}/{name[4:]}"


def cites(ev):
    for key in ("list_sha256", "uses_sha256", "tree_sha256",
                "statement_sha256"):
        # Of approvals, the statement is what was signed, and no blob.
        if key in ev and (key != "statement_sha256" or
                          ev["type"] == "config.recovered"):
            yield ev[key]
    for one in ev.get("evidence", []):
        yield one["raw_sha256"]


def line(ev):
    """The line for people, as docs/format-ledger.md says."""
    with open(os.path.join(os.environ["SOURCE"], "schemas", "events",
                           ev["type"] + ".json")) as f:
        schema = json.load(f)

    def text(name, value):
        if isinstance(value, list):
            more = f" (and {len(value) - 1} more)" if len(value) > 1 else ""
            return text(name, value[0] if value else None) + more
        if isinstance(value, dict):
            value = value.get("code")
        pattern = schema["properties"].get(name, {}).get("pattern", "")
        if isinstance(value, int):
            return str(value)
        if not value:
            return "somebody"
        if pattern.startswith("^sr-"):
            return value[:15]
        if "{40}" in pattern:
            return value[:12]
        if name in ("ref", "body.ref"):
            return re.sub("^refs/(tags|heads)/", "", value)
        assert value.isascii() and value.isprintable() and len(value) < 160
        return value

    def named(m):
        name, value = m[1], ev
        if name.endswith("#"):
            return str(len(ev[name[:-1]]))
        for part in name.split("."):
            value = value.get(part)
        return text(name, value)
    return re.sub("{([^}]*)}", named, schema["description"])


def story(events, size):
    if not events:
        return f"checkpoint of {size} events\n"
    *others, last = map(line, events)
    if len(last) > 120:
        others.append(last)
        last = last[:117] + "..."
    return "\n".join([last] + ([""] + others if others else [])) + "\n"


def tells(commit, events, size, last):
    head, message = git("cat-file", "commit", commit).decode().split(
        "\n\n", 1)
    assert message == story(events, size), (message, story(events, size))
    who = [x.split(" ", 1)[1] for x in head.split("\n")
           if re.match("(author|committer) ", x)]
    date = re.fullmatch(r"Tagseal engine <engine@tagseal\.invalid> "
                        r"([0-9]+) \+0000", who[0])
    assert len(who) == 2 and who[0] == who[1] and date
    at = datetime.datetime.fromisoformat(last.replace("Z", "+00:00"))
    assert int(at.timestamp()) <= int(date[1])


def signer(commit):
    """The SSH key that signed, by the raw header; git checks its use."""
    raw = git("cat-file", "commit", commit).decode()
    armor = re.search("^gpgsig .*\n((?: .*\n)*)", raw, re.M)
    if not armor:
        return None             # for git to refuse
    blob = base64.b64decode("".join(
        x.strip() for x in armor[1].splitlines() if "SIGNATURE" not in x))
    n = struct.unpack(">I", blob[10:14])[0]
    return base64.b64encode(blob[14:14 + n]).decode()


def by_engine(engines, key, events):
    """Whose key signed, and what that says of other engines."""
    if events and events[0]["n"] == 0:
        engines[events[0]["commit_key"].split()[1]] = events[0]["engine"]
    assert key is None or engines.get(key), "a key of nobody"
    for ev in events:
        assert key is None or engines[key] == ev["engine"], "another's name"
        if ev["type"] == "engine.declared":
            new = ev["commit_key"].split()[1]
            assert new not in engines
            assert ev["declared"] not in engines.values()
            engines[new] = ev["declared"]
    for ev in events:
        if ev["type"] == "engine.retired":
            gone = [k for k in engines if engines[k] == ev["retired"]]
            assert len(gone) == 1
            engines[gone[0]] = None             # never again


def files(commit):
    out = {}
    for line in git("ls-tree", "-r", "-z", commit).split(b"\0")[:-1]:
        meta, path = line.split(b"\t", 1)
        mode, _, oid = meta.split()
        assert mode == b"100644"
        out[path.decode()] = oid.decode()
    return out


def receipt_root(receipt, size):
    h = sha(b"\x00" + base64.b64decode(receipt["event"]))
    fn, sn = receipt["n"], size - 1
    for p in map(base64.b64decode, receipt["proof"]):
        assert sn > 0
        if fn & 1 or fn == sn:
            h = sha(b"\x01" + p + h)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            h = sha(b"\x01" + h + p)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return h


def token(data, note):
    with tempfile.TemporaryDirectory() as d:
        for file, what in (("n", note), ("t", data)):
            with open(d + "/" + file, "wb") as f:
                f.write(what)
        subprocess.run(["openssl", "ts", "-verify", "-data", d + "/n", "-in",
                        d + "/t", "-token_in", "-CAfile",
                        os.environ["TSA_ROOTS"]], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def cosignature(data, note, name):
    text = note[:note.rfind(b"\n\n") + 1]
    mark, who, value = data.decode().removesuffix("\n").split(" ")
    raw = base64.b64decode(value, validate=True)
    assert mark == "\u2014" and raw[:4].hex() == name and len(raw) == 76
    for key in os.environ.get("WITNESSES", "").split():
        witness, key_id, material = key.split("+", 2)
        if (witness, key_id) == (who, name):
            key = base64.b64decode(material)
            assert key[0] == 4
            assert sha(who.encode() + b"\n" + key).hex()[:8] == key_id
            ed25519_verify(key[1:], b"cosignature/v1\ntime %d\n" %
                           int.from_bytes(raw[4:12], "big") + text, raw[12:])


def anchor(path, data, now, leaves, vkey):
    """What others said of a checkpoint; leaves: of the events before."""
    part = re.fullmatch("anchors/(..)/(..)/(..)/(checkpoint|"
                        "([0-9a-f]{16})[.]tst|([0-9a-f]{8})[.]cosignature)",
                        path)
    assert part, path
    size = int(part[1] + part[2] + part[3], 16)
    note = git("cat-file", "blob",
               now[f"anchors/{part[1]}/{part[2]}/{part[3]}/checkpoint"])
    assert 0 < size <= len(leaves)
    assert checkpoint(note, vkey) == (size, root_of(leaves[:size]))
    if part[5]:
        assert sha(data).hex()[:16] == part[5]
        token(data, note)
    if part[6]:
        cosignature(data, note, part[6])


def main():
    vkey = sys.argv[3]
    leaves, last, before, intents, carries = [], "", {}, {}, {}
    engines, counted, in_force = {}, {}, False
    for line in git("rev-list", "--reverse", "--parents",
                    sys.argv[2]).decode().splitlines():
        commit, *parents = line.split()
        assert len(parents) == (1 if before else 0), "not linear"
        now = files(commit)
        new = sorted(p for p in now if now[p] != before.get(p))
        assert set(before) <= set(now), "something was removed"
        if before:
            covered, root = checkpoint(git("show", commit + ":checkpoint"), vkey)
            assert covered == len(leaves) and root == root_of(leaves)
        size, told, cited = len(leaves), [], set()
        for path in new:
            data = git("cat-file", "blob", now[path])
            if path.startswith("blobs/sha256/"):
                assert path == blob(sha(data).hex())
            elif path.startswith("events/"):
                n = len(leaves)
                h = "%06x" % n
                assert path == f"events/{h[:2]}/{h[2:4]}/{h[4:]}"
                ev = event(data, n)
                assert ev["at"] >= last
                last = ev["at"]
                assert n == 0 or "actor" in ev
                brings = ev["type"] in ("config.accepted", "config.recovered")
                assert "config" in ev or brings or not in_force
                in_force = in_force or brings
                if ev["type"] == "approval.counted":
                    counted[n] = ev
                if ev["type"] == "request.authorised":
                    for one in ev["approvals"]:
                        said = counted[one["event"]]
                        assert said["request"] == ev["request"]
                        assert said["statement_sha256"] == one["statement_sha256"]
                    carries[ev["request"]] = ev["engine"]
                if ev["type"] in ("keys.intended", "keys.used"):
                    assert carries[ev["request"]] == ev["engine"]
                if ev["type"] == "keys.intended":
                    intents[n] = ev
                if ev["type"] in ("keys.used", "keys.unknown"):
                    was = intents.pop(ev["intended"])
                    assert was["count"] == ev["count"]
                    for key in HOLDER:
                        assert was[key] == ev[key], key
                if ev["type"] == "keys.used":
                    assert ev["signer_count"] == was["signer_count"] + was["count"]
                    assert ev["made"] + ev["failed"] == was["count"]
                cited |= {blob(name) for name in cites(ev)}
                assert cited <= set(now), "cited and not there"
                told.append(ev)
                leaves.append(sha(b"\x00" + data))
            elif path.startswith("anchors/"):
                anchor(path, data, now, leaves, vkey)
            else:
                assert path == "checkpoint" or not before, path
                assert re.fullmatch("checkpoint|format|README.md", path)
        assert cited >= {p for p in new if p.startswith("blobs/")}, "uncited"
        tells(commit, told, size, last)
        by_engine(engines, signer(commit), told)
        before = now
    assert not intents, "intents without a use"
    if len(sys.argv) > 4:
        with open(sys.argv[4], "rb") as f:
            size, root = checkpoint(f.read(), vkey)
        assert size == len(leaves) and root == root_of(leaves)
        if len(sys.argv) > 5:
            with open(sys.argv[5], "rb") as f:
                receipt = json.loads(f.read())
            assert receipt_root(receipt, size) == root
            assert checkpoint(receipt["checkpoint"].encode(), vkey) == (
                size, root)
    print(len(leaves), root_of(leaves).hex())


main()
