"""Prints certificates that lie in a file as DER, as PEM.

    find_certificates.py FILE [TEXT...]

With texts: only those whose subject holds one of them. A test takes roots from
where they can be had without a network: programs that bring them along.
"""
import subprocess
import sys


def elements(data):
    """Each SEQUENCE { SEQUENCE ... } with a length of two bytes."""
    at = data.find(b"\x30\x82")
    while at >= 0:
        end = at + 4 + int.from_bytes(data[at + 2:at + 4], "big")
        if end <= len(data) and data[at + 4:at + 6] == b"\x30\x82":
            yield data[at:end]
        at = data.find(b"\x30\x82", at + 1)


def subject(der):
    made = subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-noout", "-subject"],
        input=der, capture_output=True, check=False)
    return made.stdout.decode() if made.returncode == 0 else None


def main():
    path, *texts = sys.argv[1:]
    with open(path, "rb") as file:
        found = set(elements(file.read()))
    for der in sorted(found):
        name = subject(der) if b"\x06\x03\x55\x04" in der[:400] else None
        if name is None or (texts and not any(t in name for t in texts)):
            continue
        subprocess.run(["openssl", "x509", "-inform", "DER"], input=der,
                       check=True)


main()
