#!/usr/bin/env python3
"""Catalogs, written and read by a program of its own.

    expect VERSION LISTID TIME NAME=VALUE... -- FOLDER > CATALOG
    octets CATALOG > FILE: what messageDigest is over
    unsigned CATALOG > FILE: the same catalog without its signatures
    order CATALOG: the tags, in hexadecimal, as they stand
    swap SIGNED OTHER > FILE: the list of OTHER in the message of SIGNED
"""
import hashlib
import os
import struct
import sys

MS = '1.3.6.1.4.1.311.'
HASHES = {'sha1': '1.3.14.3.2.26', 'sha256': '2.16.840.1.101.3.4.2.1'}
# kind: GUID, tag of version 2, type and value of SpcIndirectDataContent
KINDS = {
    'pe': ('{C689AAB8-8E78-11D0-8C47-00C04FC295EE}', 0x80, '2.1.15',
           '3009030100a004a2028000'),
    'cab': ('{C689AABA-8E78-11D0-8C47-00C04FC295EE}', 0x81, '2.1.25',
            'a2028000'),
    'flat': ('{DE351A42-8E59-11D0-8C47-00C04FC295EE}', 0x82, '2.1.25',
             'a2028000'),
}


def tlv(tag, *parts):
    body = b''.join(parts)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, 'big')
    return bytes([tag, 0x80 | len(length)]) + length + body


def seq(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *sorted(parts))


def oid(dotted):
    arcs = [int(x) for x in dotted.split('.')]
    body = bytes([arcs[0] * 40 + arcs[1]])
    for arc in arcs[2:]:
        part = [arc & 0x7f]
        while arc > 0x7f:
            arc >>= 7
            part.insert(0, 0x80 | arc & 0x7f)
        body += bytes(part)
    return tlv(6, body)


def bmp(text):
    return tlv(0x1e, text.encode('utf-16-be'))


def attribute(kind, value):
    return seq(oid(kind), set_of(value))


def name_value(name, value):
    return seq(bmp(name), tlv(2, bytes.fromhex('10010001')),
               tlv(4, (value + '\0').encode('utf-16-le')))


def indirect(kind, hash_name, digest):
    _, _, spc, value = KINDS[kind]
    return seq(seq(oid(MS + spc), bytes.fromhex(value)),
               seq(seq(oid(HASHES[hash_name]), tlv(5)), tlv(4, digest)))


def pe_bytes(data):
    """What the Authenticode digest of a program is over."""
    pe, = struct.unpack_from('<I', data, 0x3c)
    more = 16 if data[pe + 24:pe + 26] == b'\x0b\x02' else 0
    entry = pe + 152 + more
    at, size = struct.unpack_from('<II', data, entry)
    end = at if size else len(data)
    pad = b'' if size else b'\0' * (-len(data) % 8)
    return (data[:pe + 88] + data[pe + 92:entry] + data[entry + 8:end] + pad)


def cab_bytes(data):
    """The same of a cabinet, signed or without a reserve in its header."""
    flags, = struct.unpack_from('<H', data, 30)
    if not flags & 4:
        return data[:4] + data[8:]
    end, = struct.unpack_from('<I', data, 44)
    return data[:4] + data[8:36] + bytes(2) + data[60:end]


def hashed(data):
    if data[:4] == b'MSCF':
        return 'cab', cab_bytes(data)
    at, = struct.unpack_from('<I', data, 0x3c) if len(data) >= 64 else (0,)
    if data[:2] == b'MZ' and data[at:at + 4] == b'PE\0\0':
        return 'pe', pe_bytes(data)
    return 'flat', data


def entries(version, files):
    found = {}
    for name, kind, data in files:
        sha1 = hashlib.sha1(data).digest()
        sha256 = hashlib.sha256(data).digest()
        guid, tag = KINDS[kind][:2]
        label = attribute(MS + '12.2.1', name_value('File', name))
        if version == 1:
            key = (sha1.hex().upper() + '\0').encode('utf-16-le')
            info = seq(bmp(guid), tlv(2, b'\2\0'))
            found.setdefault(key, [
                attribute(MS + '12.2.2', info),
                attribute(MS + '2.1.4', indirect(kind, 'sha1', sha1)),
            ]).append(label)
        else:
            info = attribute(MS + '12.2.3', tlv(tag))
            found.setdefault(sha256, [info, attribute(
                MS + '2.1.4', indirect(kind, 'sha256', sha256))]).append(label)
            found.setdefault(sha1, [info])
    return [seq(tlv(4, key), set_of(*found[key])) for key in sorted(found)]


def message(content):
    return seq(oid('1.2.840.113549.1.7.2'), tlv(0xa0, seq(
        tlv(2, b'\1'), set_of(),
        seq(oid(MS + '10.1'), tlv(0xa0, content)), set_of())))


def expect(version, list_id, time, *rest):
    names, folder = rest[:-2], rest[-1]
    files = []
    for top, folders, leaves in os.walk(folder):
        folders.sort()
        for leaf in leaves:
            path = os.path.join(top, leaf)
            if os.path.islink(path) or not os.path.isfile(path):
                continue
            with open(path, 'rb') as f:
                kind, data = hashed(f.read())
            files.append((os.path.relpath(path, folder).replace('/', '\\'),
                          kind, data))
    files.sort()
    body = [seq(oid(MS + '12.1.1')), tlv(4, bytes.fromhex(list_id)),
            tlv(0x17, time.encode()),
            seq(oid(MS + '12.1.' + ('2' if version == '1' else '3')), tlv(5)),
            seq(*entries(int(version), files))]
    if names:
        body.append(tlv(0xa0, seq(*[
            seq(oid(MS + '12.2.1'), tlv(4, name_value(*n.split('=', 1))))
            for n in names])))
    return message(seq(*body))


def element(data, at):
    """Where the contents of an element begin, and where they end."""
    size, at = data[at + 1], at + 2
    if size >= 0x80:
        count = size & 0x7f
        size = int.from_bytes(data[at:at + count], 'big')
        at += count
    return at, at + size


def content(data):
    """Where the list stands: the element, its contents, its end."""
    at, _ = element(data, 0)
    _, at = element(data, at)
    at, _ = element(data, at)
    at, _ = element(data, at)
    _, at = element(data, at)
    _, at = element(data, at)
    at, _ = element(data, at)
    _, at = element(data, at)
    start, _ = element(data, at)
    inner, end = element(data, start)
    return start, inner, end


def read(path):
    with open(path, 'rb') as f:
        return f.read()


def octets(path):
    data = read(path)
    _, inner, end = content(data)
    return data[inner:end]


def unsigned(path):
    data = read(path)
    start, _, end = content(data)
    return message(data[start:end])


def order(path):
    data = read(path)
    _, at, _ = content(data)
    for _ in range(4):
        _, at = element(data, at)
    at, end = element(data, at)
    tags = []
    while at < end:
        inner, after = element(data, at)
        first, last = element(data, inner)
        tags.append(data[first:last].hex())
        at = after
    return ''.join(t + '\n' for t in tags).encode()


def swap(signed, other):
    data, theirs = read(signed), read(other)
    start, _, end = content(data)
    first, _, last = content(theirs)
    assert end - start == last - first
    return data[:start] + theirs[first:last] + data[end:]


if __name__ == '__main__':
    sys.stdout.buffer.write(globals()[sys.argv[1]](*sys.argv[2:]))
