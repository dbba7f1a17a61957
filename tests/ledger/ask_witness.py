#!/usr/bin/env python3
"""Asks a witness as C2SP tlog-witness says, for a ledger in a repository.

ask_witness.py URL REPOSITORY COMMIT OLD [NOTE [PROOF]]
Sends the checkpoint that the commit stores (or the file NOTE), and the proof
that it follows from OLD events, made here (or that of the file PROOF). Prints
the status, the type of the answer, and the answer.
"""
import base64
import hashlib
import subprocess
import sys
import urllib.error
import urllib.request


def git(*args):
    return subprocess.run(["git", "-C", sys.argv[2], *args], check=True,
                          stdout=subprocess.PIPE).stdout


def sha(data):
    return hashlib.sha256(data).digest()


def split(n):
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def root_of(d):
    if len(d) == 1:
        return d[0]
    k = split(len(d))
    return sha(b"\x01" + root_of(d[:k]) + root_of(d[k:]))


def subproof(m, d, whole):
    """RFC 9162, 2.1.4.1."""
    if m == len(d):
        return [] if whole else [root_of(d)]
    k = split(len(d))
    if m <= k:
        return subproof(m, d[:k], whole) + [root_of(d[k:])]
    return subproof(m - k, d[k:], False) + [root_of(d[:k])]


def leaves(commit, size):
    out = []
    for n in range(size):
        h = "%06x" % n
        data = git("show", f"{commit}:events/{h[:2]}/{h[2:4]}/{h[4:]}")
        out.append(sha(b"\x00" + data))
    return out


def main():
    url, _, commit, old = sys.argv[1:5]
    note = git("show", commit + ":checkpoint")
    size = int(note.split(b"\n")[1])
    proof = b""
    if 0 < int(old) < size:
        for h in subproof(int(old), leaves(commit, size), True):
            proof += base64.b64encode(h) + b"\n"
    if len(sys.argv) > 5:
        with open(sys.argv[5], "rb") as f:
            note = f.read()
    if len(sys.argv) > 6:
        with open(sys.argv[6], "rb") as f:
            proof = f.read()
    body = b"old " + old.encode() + b"\n" + proof + b"\n" + note
    try:
        with urllib.request.urlopen(url + "add-checkpoint", body) as answer:
            status, kind, text = answer.status, answer.headers[
                "Content-Type"], answer.read()
    except urllib.error.HTTPError as answer:
        status, kind, text = answer.code, answer.headers[
            "Content-Type"], answer.read()
    print(status, kind)
    sys.stdout.flush()
    sys.stdout.buffer.write(text)


if __name__ == "__main__":
    main()
