"""Every entry of an archive and of the archives in it, as Python reads them.

entries.py same BEFORE AFTER [PATH...]   PATH: outer!/inner, may have changed

Entries must be the same in order, name, time, mode, method and packed bytes,
headers included. In one that may have changed, and in the archives around it,
only what follows from the contents may differ. Kinds go by the names' endings:
zip, deb, cab, tar and packed tars. Entries that are new are listed.
"""
import bz2
import gzip
import hashlib
import io
import lzma
import struct
import subprocess
import sys
import zipfile

RECORD = 512


def digest(data):
    return hashlib.sha256(data).hexdigest()


def zip_entries(data):
    """(name, what stays, packed bytes, contents)"""
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        for i in z.infolist():
            size = struct.unpack_from('<HH', data, i.header_offset + 26)
            at = i.header_offset + 30 + sum(size)
            local = data[i.header_offset + 30:at]
            stays = (i.date_time, i.external_attr, i.internal_attr, i.create_system, i.create_version,
                     i.compress_type, i.comment, i.extra, local)
            yield i.filename, stays, data[at:at + i.compress_size], z.read(i)
        yield '(comment)', z.comment, b'', b''


def unpacked(data):
    for start, opener in ((b'\x1f\x8b', gzip.decompress), (b'\xfd7zXZ', lzma.decompress), (b'BZh', bz2.decompress)):
        if data.startswith(start):
            return opener(data)
    if data.startswith(b'\x28\xb5\x2f\xfd'):
        return subprocess.run(['zstd', '-dc'], input=data, check=True, stdout=subprocess.PIPE).stdout
    return data


def tar_entries(data):
    """A header with those that belong to it; size and checksum may change."""
    data, at, before = unpacked(data), 0, []
    while at + RECORD <= len(data) and data[at:at + RECORD].strip(b'\0'):
        header = data[at:at + RECORD]
        size = int(header[124:135].strip(b' \0') or b'0', 8)
        body = data[at + RECORD:at + RECORD + size]
        at += RECORD + (size + RECORD - 1) // RECORD * RECORD
        before.append((header[:124] + header[136:148] + header[156:], body))
        if header[156:157] in b'xgLK':
            continue
        name = before[-1][0][:100].strip(b'\0').decode()
        stays = tuple(h for h, _ in before), tuple(digest(b) for _, b in before[:-1])
        yield name.removeprefix('./'), stays, header[124:148] + body, body
        before = []
    yield '(end)', set(data[at:]) <= {0}, b'', b''


def deb_entries(data):
    """The members of ar; what is in control and data is one more level."""
    at = 8
    yield '(magic)', data[:at], b'', b''
    while at < len(data):
        header = data[at:at + 60]
        size = int(header[48:58])
        body = data[at + 60:at + 60 + size]
        yield header[:16].decode().strip(), header[:48] + header[58:], header[48:58] + body, body
        at += 60 + size + size % 2


def cab_entries(data):
    """Files by their headers, contents by cabextract."""
    with open('entries.cab', 'wb') as file:
        file.write(data)
    at, = struct.unpack_from('<I', data, 16)
    count, = struct.unpack_from('<H', data, 28)
    for _ in range(count):
        size, _, folder, date, time, attributes = struct.unpack_from('<IIHHHH', data, at)
        end = data.index(b'\0', at + 16)
        name = data[at + 16:end].decode()
        at = end + 1
        contents = subprocess.run(['cabextract', '-q', '-p', '-F', name.replace('\\', '/'), 'entries.cab'], check=True,
                                  stdout=subprocess.PIPE).stdout
        assert len(contents) == size, (name, len(contents), size)
        yield name.replace('\\', '/'), (folder, date, time, attributes), contents, contents


KINDS = (('.zip', zip_entries), ('.deb', deb_entries), ('.cab', cab_entries),
         *((e, tar_entries) for e in ('.tar', '.tgz', '.tar.gz', '.tar.xz', '.tar.zst', '.tar.bz2')))


def reader(name):
    return next((r for ending, r in KINDS if name.endswith(ending)), None)


def same(name, before, after, may):
    """may: paths below name that may have changed."""
    olds, news = list(reader(name)(before)), list(reader(name)(after))
    fresh = [n for n in news if n[0] not in {o[0] for o in olds}]
    news = [n for n in news if n not in fresh]
    assert [o[0] for o in olds] == [n[0] for n in news], f'{name}: other entries or order'
    for old, new in zip(olds, news):
        path = old[0]
        inner = [m.partition('!/')[2] for m in may if m == path or m.startswith(path + '!/')]
        assert old[1] == new[1], f'{name}: {path}: {old[1]} became {new[1]}'
        if not inner:
            assert old[2] == new[2], f'{name}: {path}: its bytes changed'
        elif reader(path) and all(inner):
            yield from same(path, old[3], new[3], inner)
        else:
            assert old[3] != new[3], f'{name}: {path}: nothing changed'
    yield from (f'{name}!/{n[0]}' for n in fresh)


before, after, *may = sys.argv[2:]
with open(before, 'rb') as a, open(after, 'rb') as b:
    for line in same(before, a.read(), b.read(), may):
        print(line)
