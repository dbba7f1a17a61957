"""Looks into an Authenticode message, for the readers beside this file."""
import re

SPC = bytes.fromhex('060a2b060104018237020104')


def element(der, at):
    """Where the value of an element begins and ends."""
    length, head = der[at + 1], 2
    if length & 0x80:
        head += length & 0x7f
        length = int.from_bytes(der[at + 2:at + head], 'big')
    return at + head, at + head + length


def content(der):
    """What messageDigest is over."""
    at, _ = element(der, der.index(SPC) + len(SPC))     # [0]
    begin, end = element(der, at)
    return der[begin:end]


def take(der, der_path, content_path):
    """Writes the message and its content; gives the GUID of SpcSipInfo."""
    assert element(der, 0)[1] == len(der)
    for path, data in ((der_path, der), (content_path, content(der))):
        with open(path, 'wb') as f:
            f.write(data)
    return re.search(rb'\x04\x10(.{16})\x02\x01\x00', der, re.S)[1].hex()
