#!/usr/bin/env python3
"""What a stranger checks with git, openssl and Python alone: written from
docs/format-ledger.md, it knows nothing of the engine.

stranger.py receipt VKEY RECEIPT [FILE]
stranger.py tlog-proof VKEY PROOF [FILE]
stranger.py commit REPOSITORY COMMIT SSH-KEY
stranger.py consistency VKEY PROOF OLD-CHECKPOINT [NEW-CHECKPOINT]
stranger.py tiles VKEY FOLDER
stranger.py cosigned VKEY,WITNESS NOTE

Prints what was proven. Whatever does not hold is an exit code of 1.
"""
import base64
import hashlib
import json
import os
import re
import struct
import subprocess
import sys
import tempfile


class Refused(Exception):
    pass


def need(holds, why):
    if not holds:
        raise Refused(why)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def sha(data):
    return hashlib.sha256(data).digest()


def unbase64(text):
    raw = base64.b64decode(text, validate=True)
    need(base64.b64encode(raw).decode() == text, "base64 of another form")
    return raw


# ---- the Merkle tree

def node(left, right):
    return sha(b"\x01" + left + right)


def leaf(data):
    return sha(b"\x00" + data)


def root_of(leaves):
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return node(root_of(leaves[:k]), root_of(leaves[k:]))


def included_root(h, index, size, proof):
    """RFC 9162, 2.1.3.2: the root that the proof leads to."""
    need(0 <= index < size, "no such leaf")
    fn, sn = index, size - 1
    for p in proof:
        need(sn > 0, "the proof is too long")
        if fn & 1 or fn == sn:
            h = node(p, h)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            h = node(h, p)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0, "the proof is too short")
    return h


def grew(old, old_root, new, new_root, proof):
    """RFC 9162, 2.1.4.2."""
    need(0 < old <= new, "the sizes are in the wrong order")
    if old == new:
        need(not proof and old_root == new_root, "one size, two roots")
        return
    path = ([old_root] if old & (old - 1) == 0 else []) + proof
    need(path, "the proof is empty")
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        need(sn > 0, "the proof is too long")
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0 and fr == old_root and sr == new_root,
         "the proof does not hold")


# ---- signatures, by openssl

ED25519 = bytes.fromhex("302a300506032b6570032100")
P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")


def openssl_verify(spki, digest, data, signature):
    """digest None: the message itself is signed (Ed25519)."""
    with tempfile.TemporaryDirectory() as d:
        for file, what in (("k", spki), ("t", data), ("s", signature)):
            with open(os.path.join(d, file), "wb") as f:
                f.write(what)
        done = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-rawin",
             *(["-digest", digest] if digest else []), "-pubin", "-keyform",
             "DER", "-inkey", d + "/k", "-in", d + "/t", "-sigfile",
             d + "/s"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    need(done.returncode == 0, "openssl says that the signature is bad")


def log_verify(vkey, text, signature):
    name, key_id, material = vkey.split("+", 2)
    raw = unbase64(material)
    if raw[0] == 1:
        need(sha(name.encode() + b"\n" + raw).hex()[:8] == key_id, "key id")
        openssl_verify(ED25519 + raw[1:], None, text, signature)
    else:
        need(raw[0] == 2, "a key of another type")
        need(sha(raw[1:]).hex()[:8] == key_id, "key id")
        openssl_verify(raw[1:], "sha256", text, signature)


def checkpoint(note, vkey):
    """Size and root, if the log's key signed them; other lines are ignored."""
    at = note.rfind(b"\n\n")
    need(at > 0 and note.endswith(b"\n"), "no note")
    text = note[:at + 1]
    name, key_id, _ = vkey.split("+", 2)
    signed = False
    for line in note[at + 2:].decode().splitlines():
        part = re.fullmatch("\u2014 ([^ ]+) ([A-Za-z0-9+/=]+)", line)
        need(part, "no signature line")
        raw = unbase64(part[2])
        if (part[1], raw[:4].hex()) == (name, key_id):
            log_verify(vkey, text, raw[4:])
            signed = True
    need(signed, "the log's key did not sign")
    need(re.fullmatch(rb"[^\n]+\n(0|[1-9][0-9]*)\n[A-Za-z0-9+/]{43}=\n", text),
         "not the three lines of a checkpoint")
    origin, size, root = text.decode().splitlines()
    need(origin == name, "another log")
    return int(size), unbase64(root)


# ---- receipts

def canonical(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False,
                      separators=(",", ":")).encode()


def strict(data):
    value = json.loads(data)
    need(canonical(value) == data, "not canonical JSON")
    return value


def proven_event(vkey, note, n, event, proof):
    size, root = checkpoint(note, vkey)
    need(included_root(leaf(event), n, size, proof) == root,
         "the proof does not hold")
    value = strict(event)
    need(value["n"] == n and value["v"] == 1, "an event of another number")
    return size, value


def vouches(event, tree, path):
    """Where the file belongs: the artifact itself, or a part of it."""
    need(event["type"] == "artifact.verified", "it vouches for no file")
    digest = sha(read(path)).hex()
    if event["artifact_sha256"] == digest:
        return event["name"]
    for row in (tree or {}).get("signatures", []) + \
            (tree or {}).get("rebuilt", []):
        if row["sha256_after"] == digest or (
                "output" in row and row["sha256_before"] == digest):
            return event["name"] + ": " + row["path"]
    raise Refused("another file")


def alone(note, vkey):
    """The note with the lines of the log's key only."""
    at = note.rfind(b"\n\n") + 2
    name, key_id, _ = vkey.split("+", 2)
    return note[:at] + b"".join(
        line + b"\n" for line in note[at:].splitlines()
        if line.split()[1].decode() == name and
        unbase64(line.split()[2].decode())[:4].hex() == key_id)


def stamped(token, note):
    """An RFC 3161 token over a note, by an authority of TSA_ROOTS."""
    with tempfile.TemporaryDirectory() as d:
        for file, data in (("n", note), ("t", token)):
            with open(d + "/" + file, "wb") as f:
                f.write(data)
        subprocess.run(["openssl", "ts", "-verify", "-data", d + "/n", "-in",
                        d + "/t", "-token_in", "-CAfile",
                        os.environ["TSA_ROOTS"]], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def receipt(vkey, path, file=None):
    r = strict(read(path))
    need(r["v"] == 1 and r["kind"] == "tagseal-receipt" and set(r) - {
        "tree", "timestamps"} == {"v", "kind", "n", "event", "proof", "checkpoint"},
        "no receipt")
    size, event = proven_event(vkey, r["checkpoint"].encode(), r["n"],
                               unbase64(r["event"]),
                               [unbase64(h) for h in r["proof"]])
    for token in r.get("timestamps", []):
        stamped(unbase64(token), alone(r["checkpoint"].encode(), vkey))
    tree = None
    if "tree" in r:
        raw = unbase64(r["tree"])
        need(sha(raw).hex() == event["tree_sha256"], "another tree")
        tree = json.loads(raw)
    print("event", r["n"], "of", size,
          vouches(event, tree, file) if file else "")


def tlog_proof(vkey, path, file=None):
    head, empty, note = read(path).partition(b"\n\n")
    lines = head.decode().split("\n")
    need(empty and lines[0] == "c2sp.org/tlog-proof@v1" and
         lines[1].startswith("extra ") and
         re.fullmatch("index (0|[1-9][0-9]*)", lines[2]), "no tlog-proof")
    n = int(lines[2][6:])
    size, event = proven_event(vkey, note, n, unbase64(lines[1][6:]),
                               [unbase64(h) for h in lines[3:]])
    print("event", n, "of", size,
          vouches(event, None, file) if file else "")


# ---- one commit: an SSH signature, taken apart by hand

def strings(data):
    out = []
    while data:
        need(len(data) >= 4, "cut short")
        n = struct.unpack(">I", data[:4])[0]
        need(len(data) >= 4 + n, "cut short")
        out.append(data[4:4 + n])
        data = data[4 + n:]
    return out


def string(data):
    return struct.pack(">I", len(data)) + data


def der(tag, body):
    n = len(body)
    size = bytes([n]) if n < 128 else \
        (lambda b: bytes([0x80 | len(b)]) + b)(
            n.to_bytes((n.bit_length() + 7) // 8, "big"))
    return bytes([tag]) + size + body


def ssh_key(blob):
    """SubjectPublicKeyInfo, digest, and the signature type of a key."""
    kind, *rest = strings(blob)
    if kind == b"ssh-ed25519":
        need(len(rest) == 1 and len(rest[0]) == 32, "no Ed25519 key")
        return ED25519 + rest[0], None, kind
    if kind == b"ecdsa-sha2-nistp256":
        need(rest[0] == b"nistp256" and len(rest[1]) == 65, "no P-256 key")
        return P256 + rest[1], "sha256", kind
    need(kind == b"ssh-rsa" and len(rest) == 2, "a key of another kind")
    e, n = rest
    key = der(0x30, der(2, n) + der(2, e))
    return der(0x30, bytes.fromhex("300d06092a864886f70d0101010500") +
               der(3, b"\0" + key)), "sha512", b"rsa-sha2-512"


def payload_and_armor(raw):
    """A commit without its gpgsig header, and what stands in that."""
    head, body = raw.split(b"\n\n", 1)
    kept, armor, inside = [], [], False
    for line in head.split(b"\n"):
        if line.startswith(b"gpgsig "):
            need(not armor, "two signatures")
            armor, inside = [line[7:]], True
        elif inside and line.startswith(b" "):
            armor.append(line[1:])
        else:
            inside = False
            kept.append(line)
    return b"\n".join(kept) + b"\n\n" + body, armor


def commit(repository, name, key):
    raw = subprocess.run(
        ["git", "--no-replace-objects", "-C", repository, "cat-file",
         "commit", name], check=True, stdout=subprocess.PIPE).stdout
    payload, armor = payload_and_armor(raw)
    while armor and not armor[-1]:
        armor.pop()
    need(len(armor) > 2 and armor[0] == b"-----BEGIN SSH SIGNATURE-----" and
         armor[-1] == b"-----END SSH SIGNATURE-----", "no SSH signature")
    blob = base64.b64decode(b"".join(armor[1:-1]), validate=True)
    need(blob[:10] == b"SSHSIG\0\0\0\1", "no SSHSIG of version 1")
    public, space, reserved, digest, signature = strings(blob[10:])
    need(public == base64.b64decode(key.split()[1]), "another key")
    need(space == b"git" and reserved == b"", "signed for something else")
    need(digest in (b"sha256", b"sha512"), "another digest")
    spki, hashed_by, kind = ssh_key(public)
    said, value = strings(signature)
    need(said == kind, "a signature of another kind")
    if hashed_by == "sha256":
        r, s = strings(value)
        value = der(0x30, der(2, r) + der(2, s))
    openssl_verify(spki, hashed_by, b"SSHSIG" + string(space) +
                   string(reserved) + string(digest) + string(
                       hashlib.new(digest.decode(), payload).digest()), value)
    print("commit", name, "by the engine")


# ---- two checkpoints, and static files

def consistency(vkey, path, old, new=None):
    p = strict(read(path))
    need(p["v"] == 1 and p["kind"] == "tagseal-consistency", "no proof")
    need(p["origin"] == vkey.split("+")[0], "another log")
    before = checkpoint(read(old), vkey)
    now = checkpoint(read(new) if new else p["checkpoint"].encode(), vkey)
    need(before == (p["old_size"], unbase64(p["old_root"])), "another old one")
    need(now == (p["new_size"], unbase64(p["new_root"])), "another new one")
    grew(*before, *now, [unbase64(h) for h in p["proof"]])
    print(before[0], "to", now[0])


def tile_name(level, n, width):
    digits = ["%03d" % (n % 1000)]
    while n >= 1000:
        n //= 1000
        digits.insert(0, "x%03d" % (n % 1000))
    return os.path.join("tile", str(level), *digits) + (
        ".p/%d" % width if width < 256 else "")


def tiles(vkey, folder):
    size, root = checkpoint(read(os.path.join(folder, "checkpoint")), vkey)
    leaves = []
    for n in range(0, size, 256):
        width = min(256, size - n)
        data = read(os.path.join(folder, tile_name("entries", n // 256,
                                                   width)))
        for _ in range(width):
            length = struct.unpack(">H", data[:2])[0]
            need(len(data) >= 2 + length, "cut short")
            need(strict(data[2:2 + length])["n"] == len(leaves), "order")
            leaves.append(leaf(data[2:2 + length]))
            data = data[2 + length:]
        need(not data, "more than its events")
    need(root_of(leaves) == root, "another root")
    level, row, count = 0, leaves, 0
    while row:
        for n in range(0, len(row), 256):
            part = row[n:n + 256]
            need(read(os.path.join(folder, tile_name(
                level, n // 256, len(part)))) == b"".join(part), "a tile")
            count += 1
        row = [root_of(row[n:n + 256]) for n in range(
            0, len(row) - len(row) % 256, 256)]
        level += 1
    print(size, "events in", count, "tiles")


# ---- what a witness says of a checkpoint

def cosignature(line, text, witness):
    """The time, if the line is the witness's and good."""
    name, key_id, material = witness.split("+", 2)
    raw = unbase64(material)
    need(raw[0] == 4 and len(raw) == 33, "no key of a witness")
    need(sha(name.encode() + b"\n" + raw).hex()[:8] == key_id, "key id")
    part = re.fullmatch("\u2014 ([^ ]+) ([A-Za-z0-9+/=]+)", line)
    need(part, "no signature line")
    value = unbase64(part[2])
    if (part[1], value[:4].hex()) != (name, key_id):
        return None
    need(len(value) == 76, "no cosignature")
    time = struct.unpack(">Q", value[4:12])[0]
    openssl_verify(ED25519 + raw[1:], None, b"cosignature/v1\ntime %d\n" %
                   time + text, value[12:])
    return time


def cosigned(vkeys, path):
    vkey, witness = vkeys.split(",")
    note = read(path)
    size, _ = checkpoint(note, vkey)
    at = note.rfind(b"\n\n")
    times = [cosignature(line, note[:at + 1], witness)
             for line in note[at + 2:].decode().splitlines()]
    need(any(times), "the witness did not sign")
    print("cosigned", size)


def main():
    what = {"receipt": receipt, "tlog-proof": tlog_proof, "commit": commit,
            "consistency": consistency, "tiles": tiles,
            "cosigned": cosigned}
    try:
        what[sys.argv[1]](*sys.argv[2:])
    except (Refused, ValueError, KeyError, IndexError, AttributeError,
            TypeError, OSError, subprocess.SubprocessError) as why:
        sys.exit(f"refused: {why!r}")


if __name__ == "__main__":
    main()
