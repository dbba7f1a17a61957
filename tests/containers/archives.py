"""Archives of many kinds, good and hostile, for 10-zip.sh.

archives.py good DIR     writes good archives into DIR, one a file
archives.py bad DIR      writes hostile ones as CODE.WHAT.zip
archives.py same A B [INDEX...]  compares entries but the named ones
"""
import io
import os
import struct
import sys
import zipfile
import zlib

DATE = (2024, 5, 6, 7, 8, 10)


class Unseekable(io.RawIOBase):
    """A stream: zipfile then writes data descriptors."""

    def __init__(self, path):
        self.file = open(path, 'wb')

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)

    def close(self):
        self.file.close()
        super().close()


def info(name, method=zipfile.ZIP_DEFLATED, **more):
    entry = zipfile.ZipInfo(name, DATE)
    entry.compress_type = method
    entry.external_attr = 0o100640 << 16
    for key, value in more.items():
        setattr(entry, key, value)
    return entry


def fill(archive):
    archive.writestr(info('lib/'), b'')
    archive.writestr(info('lib/a.dll'), b'first library ' * 300)
    archive.writestr(info('b.exe', zipfile.ZIP_STORED), b'second ' * 100)
    archive.writestr(info('empty'), b'')
    archive.writestr(info('\u00fcmlaut.txt', comment=b'a comment',
                          extra=struct.pack('<HHI', 0x7777, 4, 42)), b'text')


def good(folder):
    def path(name):
        return os.path.join(folder, name + '.zip')

    with zipfile.ZipFile(path('plain'), 'w') as archive:
        fill(archive)
    with zipfile.ZipFile(path('comment'), 'w') as archive:
        fill(archive)
        archive.comment = b'PK\x05 is not an end'
    with Unseekable(path('streamed')) as stream, \
            zipfile.ZipFile(stream, 'w') as archive:
        fill(archive)
    with zipfile.ZipFile(path('wide'), 'w') as archive:
        for name, method in (('one', 8), ('two', 0), ('three', 8)):
            with archive.open(info(name, method), 'w',
                              force_zip64=True) as entry:
                entry.write(b'forced to be wide ' * 40)
    with open(path('wide'), 'rb') as file:
        wide = file.read()
    with open(path('wide-end'), 'wb') as file:
        file.write(wide_end(wide))
    with Unseekable(path('wide-streamed')) as stream, \
            zipfile.ZipFile(stream, 'w') as archive:
        for name in ('one', 'two'):
            with archive.open(info(name), 'w', force_zip64=True) as entry:
                entry.write(b'wide and streamed ' * 40)
    with zipfile.ZipFile(path('none'), 'w'):
        pass
    with open(path('plain'), 'rb') as file:
        plain = file.read()
    stub = b'#!/bin/sh\nexec unzip "$0"\n'
    with open(path('stub'), 'wb') as file:
        file.write(stub + plain)
    with open(path('stub-counted'), 'wb') as file:
        file.write(stub)
        with zipfile.ZipFile(file, 'w') as archive:
            fill(archive)
    with open(path('no-magic'), 'wb') as file:
        file.write(bare_descriptors(path('streamed')))
    with zipfile.ZipFile(path('inner'), 'w') as archive:
        archive.write(path('plain'), 'plain.zip')
        archive.writestr(info('x', zipfile.ZIP_BZIP2), b'bzip2 ' * 99)
        archive.writestr(info('y'), b'text')


def wide_end(data):
    """The same archive with ZIP64 end records and all fields all ones."""
    at = data.rindex(b'PK\5\6')
    count, length, offset = struct.unpack('<HII', data[at + 10:at + 20])
    end64 = struct.pack('<IQHHIIQQQQ', 0x06064b50, 44, 45, 45, 0, 0, count,
                        count, length, offset)
    return (data[:at] + end64 + struct.pack('<IIQI', 0x07064b50, 0, at, 1) +
            struct.pack('<IHHHHIIH', 0x06054b50, 0xffff, 0xffff, 0xffff,
                        0xffff, 0xffffffff, 0xffffffff, 0))


def bare_descriptors(name):
    """Data descriptors without their optional signature."""
    with open(name, 'rb') as file:
        data = file.read()
    entries = zipfile.ZipFile(name).infolist()
    start = data.rindex(b'PK\5\6')
    directory = struct.unpack('<I', data[start + 16:start + 20])[0]
    out, moved = b'', []
    for i, entry in enumerate(entries):
        begin = entry.header_offset
        end = (entries[i + 1].header_offset if i + 1 < len(entries)
               else directory)
        moved.append(len(out))
        out += data[begin:end - 16] + data[end - 12:end]
    records, at = b'', directory
    for where in moved:
        name_len, extra, comment = struct.unpack('<HHH',
                                                 data[at + 28:at + 34])
        size = 46 + name_len + extra + comment
        records += (data[at:at + 42] + struct.pack('<I', where) +
                    data[at + 46:at + size])
        at += size
    return (out + records + data[start:start + 16] +
            struct.pack('<I', len(out)) + data[start + 20:])


def entry(name=b'a.txt', data=b'hello hello hello', **over):
    """(local header and data, maker of the record) of one entry."""
    method = over.get('method', 0)
    packed = over.get('packed', data)
    if method == 8 and 'packed' not in over:
        squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = squeeze.compress(data) + squeeze.flush()
    crc = over.get('crc', zlib.crc32(data))
    size = over.get('size', len(data))
    flags = over.get('flags', 0)
    length = over.get('length', len(packed))
    extra, central_extra = over.get('extra', b''), over.get('cextra', b'')
    first = struct.pack(
        '<IHHHHHIIIHH', over.get('magic', 0x04034b50), 20,
        over.get('lflags', flags), over.get('lmethod', method), 0, 0x21,
        over.get('lcrc', crc), over.get('llength', length),
        over.get('lsize', size), len(over.get('lname', name)), len(extra))
    first += over.get('lname', name) + extra + packed
    first += over.get('behind', b'')

    def record(offset):
        return struct.pack(
            '<IHHHHHHIIIHHHHHII', 0x02014b50, over.get('made', 20), 20,
            flags, method, 0, 0x21,
            crc, length, size, len(name), len(central_extra), 0,
            over.get('disk', 0), 0, over.get('attributes', 0),
            over.get('offset', offset)) + name + central_extra
    return first, record


def build(*entries, **over):
    body, records = over.get('prefix', b''), b''
    for first, record in entries:
        records += record(len(body))
        body += first
    body += over.get('gap', b'')
    count = over.get('count', len(entries))
    comment = over.get('comment', b'')
    return (body + records + over.get('before_end', b'') + struct.pack(
        '<IHHHHIIH', 0x06054b50, over.get('disk', 0), over.get('disk', 0),
        count, count, over.get('length', len(records)),
        over.get('offset', len(body)),
        over.get('comment_length', len(comment))) + comment +
        over.get('after', b''))


def bad_cases():
    end = struct.pack('<IHHHHIIH', 0x06054b50, 0, 0, 0, 0, 0, 0, 0)
    a, b = entry(), entry(b'b.txt')
    yield 'ZIP-NO-END', 'no-zip', b'hello' * 50
    yield 'ZIP-NO-END', 'cut-comment', build(a, comment_length=9)
    yield 'ZIP-TRAILING', 'appended', build(a, after=b'more')
    yield 'ZIP-TWO-ENDS', 'in-comment', build(a, comment=end)
    yield 'ZIP-TWO-ENDS', 'inside-comment', build(a, comment=end + b'x')
    yield 'ZIP-END', 'outside', build(a, offset=9999)
    yield 'ZIP-END', 'locator-alone', build(
        a, before_end=struct.pack('<IIQI', 0x07064b50, 0, 0, 1))
    wide = wide_end(build(a, b))
    at = wide.rindex(b'PK\6\6')
    yield 'ZIP-END', 'wide-differs', wide[:-14] + b'\7\0\7\0' + wide[-10:]
    yield 'ZIP-END', 'wide-elsewhere', (
        wide[:at + 64] + struct.pack('<Q', at - 1) + wide[at + 72:])
    yield 'ZIP-END', 'wide-longer', (
        wide[:at + 4] + struct.pack('<Q', 45) + wide[at + 12:])
    yield 'ZIP-DISKS', 'disk-end', build(a, disk=1)
    yield 'ZIP-DISKS', 'disk-entry', build(entry(disk=3))
    yield 'ZIP-DIRECTORY', 'count-less', build(a, b, count=1)
    yield 'ZIP-DIRECTORY', 'count-more', build(a, count=2)
    yield 'ZIP-DIRECTORY', 'offset', build(entry(offset=5000))
    yield 'ZIP-DIRECTORY', 'length', build(entry(length=5000, size=5000))
    yield 'LIMIT-ENTRIES', 'huge-count', wide[:at + 24] + struct.pack(
        '<QQ', 1 << 40, 1 << 40) + wide[at + 40:]
    yield 'ZIP-EXTRA', 'torn', build(entry(cextra=b'\1\2\3\4\5'))
    yield 'ZIP-EXTRA', 'torn-local', build(entry(extra=b'\1\2\xff\xff'))
    yield 'ZIP-EXTRA', 'wide-missing', build(entry(size=0xffffffff))
    yield 'ZIP-EXTRA', 'wide-twice', build(entry(
        cextra=struct.pack('<HHHH', 1, 0, 1, 0)))
    yield 'ZIP-EXTRA', 'other-name', build(entry(
        cextra=struct.pack('<HHBI', 0x7075, 10, 1, 0) + b'b.exe'))
    yield 'ZIP-MISMATCH', 'name', build(entry(lname=b'b.txt'))
    yield 'ZIP-MISMATCH', 'name-length', build(entry(lname=b'b.exe2'))
    yield 'ZIP-MISMATCH', 'method', build(entry(lmethod=8))
    yield 'ZIP-MISMATCH', 'flags', build(entry(lflags=1))
    yield 'ZIP-MISMATCH', 'crc', build(entry(lcrc=1))
    yield 'ZIP-MISMATCH', 'size', build(entry(lsize=1))
    yield 'ZIP-MISMATCH', 'length', build(entry(llength=1))
    yield 'ZIP-MISMATCH', 'magic', build(entry(magic=0x04034b51))
    yield 'ZIP-DESCRIPTOR', 'missing', build(entry(flags=8))
    yield 'ZIP-DESCRIPTOR', 'wrong', build(entry(flags=8, behind=b'\0' * 12))
    yield 'ZIP-DESCRIPTOR', 'no-magic', build(entry(
        flags=8, behind=b'\0' * 4 + struct.pack(
            '<III', zlib.crc32(b'hello hello hello'), 17, 17)))
    yield 'ZIP-OVERLAP', 'inside', overlap()
    yield 'ZIP-OVERLAP', 'quoted', quoted_overlap()
    yield 'ZIP-GAP', 'between', build(entry(behind=b'hidden'), b)
    yield 'ZIP-GAP', 'before-directory', build(a, gap=b'hidden')
    yield 'ZIP-GAP', 'hidden-entry', build(b, prefix=a[0])
    for name in (b'/a', b'../a', b'a/../b', b'a//b', b'./a', b'C:/a', b'C:a',
                 b'a\\b', b'a\0b', b'a\nb', b'', b'/', b'a/.', b'\xff\xfe'):
        yield 'ZIP-NAME', 'name-' + name.hex(), build(
            entry(name, flags=0x800))
    yield 'ZIP-NAME', 'cp437', build(entry('\u00e4'.encode()))
    yield 'ZIP-NAME-TWICE', 'same', build(a, entry(data=b'other'))
    yield 'ZIP-NAME-TWICE', 'case', build(a, entry(b'A.TXT'))
    yield 'ZIP-NAME-TWICE', 'folder', build(a, entry(b'a.txt/', b''))
    yield 'ZIP-NAME-TWICE', 'inside', build(
        a, entry(b'a.txt!'), entry(b'a.txt/b'))
    yield 'ZIP-ENCRYPTED', 'flag', build(entry(flags=1, method=8))
    yield 'ZIP-ENCRYPTED', 'masked', build(entry(flags=0x2000))
    yield 'ZIP-METHOD', 'bzip2', build(entry(method=12))
    yield 'ZIP-SIZE', 'stored', build(entry(size=18))
    yield 'ZIP-SIZE', 'folder', build(entry(b'a/'))
    yield 'ZIP-SIZE', 'less', build(entry(method=8, size=5))
    yield 'ZIP-SIZE', 'more', build(entry(method=8, size=500))
    yield 'ZIP-CHECKSUM', 'stored', build(entry(crc=1))
    yield 'ZIP-CHECKSUM', 'deflated', build(entry(crc=1, method=8))
    yield 'ZIP-DATA', 'damaged', build(entry(
        method=8, packed=b'\xff\xff\xff\xff\xff'))
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    good_data = squeeze.compress(b'x' * 99) + squeeze.flush()
    yield 'ZIP-DATA', 'cut', build(entry(
        data=b'x' * 99, method=8, packed=good_data[:-1]))
    yield 'ZIP-DATA', 'longer', build(entry(
        data=b'x' * 99, method=8, packed=good_data + b'y'))
    yield 'LIMIT-RATIO', 'bomb', build(entry(data=b'\0' * (8 << 20), method=8))
    yield 'ZIP-SIZE', 'lying-bomb', build(entry(
        data=b'\0' * (8 << 20), method=8, size=1000))
    yield 'LIMIT-SIZE', 'huge', build(entry(
        method=8, size=0xffffffff, lsize=0xffffffff,
        extra=struct.pack('<HHQQ', 1, 16, 1 << 50, 19),
        cextra=struct.pack('<HHQ', 1, 8, 1 << 50)))


def overlap():
    """Two entries with the same data; both headers are good."""
    first, record = entry(b'a.txt', b'x' * 60)
    second, record2 = entry(b'b.txt', b'y' * 10)
    data = b'x' * 25 + second
    data += b'x' * (90 - len(data))
    crc = zlib.crc32(data)
    outer, record = entry(b'a.txt', data, crc=crc)
    inside = len(outer) - len(data) + 25
    return build((outer, record), (b'', lambda _: record2(inside)))


def quoted_overlap():
    """David Fifield's: each entry quotes the header of the next one."""
    kernel = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = kernel.compress(b'\0' * 100000) + kernel.flush()
    inner, record = entry(b'B', b'\0' * 100000, method=8, packed=body)
    data = inner[:31] + b'\0' * 100000
    quote = struct.pack('<BHH', 0, 31, 31 ^ 0xffff) + inner[:31]
    outer, record2 = entry(b'A', data, method=8, packed=quote + body,
                           crc=zlib.crc32(data))
    at = len(outer) - len(inner)
    return build((outer, record2), (b'', lambda _: record(at)))


def without_wide(extra):
    """Extra fields but ZIP64: it holds sizes and offsets."""
    out = b''
    while len(extra) >= 4:
        kind, size = struct.unpack('<HH', extra[:4])
        out += extra[:4 + size] if kind != 1 else b''
        extra = extra[4 + size:]
    return out + extra


def raw(name):
    """name -> all bytes that belong to an entry, in the order of the file."""
    with open(name, 'rb') as file:
        data = file.read()
    archive = zipfile.ZipFile(name)
    out, order = {}, sorted(archive.infolist(), key=lambda x: x.header_offset)
    for i, x in enumerate(order):
        end = (order[i + 1].header_offset if i + 1 < len(order)
               else archive.start_dir)
        out[x.filename] = (data[x.header_offset:end], x.comment,
                           without_wide(x.extra), x.external_attr,
                           x.date_time, x.create_system)
    return archive, out


def same(before, after, changed):
    first, one = raw(before)
    second, two = raw(after)
    assert first.comment == second.comment
    names = [x.filename for x in first.infolist()]
    assert names == [x.filename for x in second.infolist()][:len(names)]
    assert list(one) == list(two)[:len(one)]
    for i, name in enumerate(names):
        old, new = first.getinfo(name), second.getinfo(name)
        if str(i) not in changed:
            assert one[name] == two[name], name
        assert one[name][1:] == two[name][1:], name
        assert old.compress_type == new.compress_type
        if old.compress_type in (0, 8):
            assert str(i) in changed or first.read(name) == second.read(name)


def main(verb, *args):
    if verb == 'good':
        good(args[0])
    elif verb == 'bad':
        for code, what, data in bad_cases():
            with open(f'{args[0]}/{code}.{what}.zip', 'wb') as file:
                file.write(data)
    else:
        same(args[0], args[1], args[2:])


if __name__ == '__main__':
    main(*sys.argv[1:])
