#!/usr/bin/env python3
"""Makes and reads Business Central apps for itself.

    apps.py make                      an app, to standard output
    apps.py take FILE DER CONTENT     writes the PKCS#7 message in FILE and the
                                      bytes that its messageDigest is over;
                                      says the SHA-256 of what is signed and
                                      the GUID of the kind of file, in hex
"""
import hashlib
import io
import struct
import sys
import uuid
import zipfile

sys.dont_write_bytecode = True
import spc

GUID = uuid.UUID('0b4a1d4e-51a0-4d43-9f0c-3c8a4d0f6c11')


def make():
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, 'w', zipfile.ZIP_DEFLATED) as z:
        for name, text in (('NavxManifest.xml', '<Package/>'),
                           ('src/Acme.al', 'codeunit 50100 Acme { }')):
            z.writestr(zipfile.ZipInfo(name), text)
    body = raw.getvalue()
    return struct.pack('<4sII16sQ4s', b'NAVX', 40, 2, GUID.bytes_le,
                       len(body), b'NAVX') + body


def message(raw):
    """From the end: the foot names where the signature begins."""
    at, mark = struct.unpack('<I4s', raw[-8:])
    assert mark == b'NXSB' and raw[at:at + 4] == b'NXSB'
    assert at == 40 + struct.unpack_from('<Q', raw, 28)[0]
    zipfile.ZipFile(io.BytesIO(raw[40:at])).testzip()
    return at + 4, len(raw) - 8


def main(verb, *rest):
    if verb == 'make':
        sys.stdout.buffer.write(make())
        return
    with open(rest[0], 'rb') as f:
        raw = f.read()
    a, b = message(raw)
    guid = spc.take(raw[a:b], *rest[1:])
    print(hashlib.sha256(raw[:a - 4]).hexdigest(), guid)


main(*sys.argv[1:])
