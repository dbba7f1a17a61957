"""Cabinets of many kinds, good and hostile, for 40-cab.sh.

cabinets.py good DIR     writes good cabinets into DIR, one a file
cabinets.py bad DIR      writes hostile ones as CODE.WHAT.cab
cabinets.py seeds DIR    writes small good ones, to fuzz from
cabinets.py same A B [INDEX...]  compares all but the files named
cabinets.py full OUT     a cabinet with as many files as there can be
cabinets.py lzx OUT FILE...  a cabinet of files, in a folder each
"""
import os
import struct
import sys
import zlib

NONE, MSZIP, QUANTUM, LZX = 0, 1, 0x1f22, 0x0f03
FRAME = 32768


def checksum(data, total=0):
    """CFDATA.csum: words are XORed, of a rest the first byte is highest."""
    whole = len(data) // 4 * 4
    for (word,) in struct.iter_unpack('<I', data[:whole]):
        total ^= word
    return total ^ int.from_bytes(data[whole:], 'big')


def mszip(pieces):
    before = b''
    for piece in pieces:
        squeeze = (zlib.compressobj(9, zlib.DEFLATED, -15, zdict=before)
                   if before else zlib.compressobj(9, zlib.DEFLATED, -15))
        yield b'CK' + squeeze.compress(piece) + squeeze.flush()
        before = piece


def lzx(pieces):
    """LZX that packs nothing: each frame is one uncompressed block."""
    for i, piece in enumerate(pieces):
        # One bit in front (no x86 translation), type 3, a size of 24 bits.
        bits = 3 << 24 | len(piece)
        word = bits << 4 if i == 0 else bits << 5
        yield (struct.pack('<HHIII', word >> 16, word & 0xffff, 1, 1, 1) +
               piece + b'\0' * (len(piece) % 2))


# By the low four bits of the method; 4 is none.
PACKERS = [lambda pieces: pieces, mszip,
           lambda pieces: (b'?' * (len(p) // 2 + 1) for p in pieces), lzx,
           lambda pieces: pieces]


def block(packed, length, reserve, over):
    packed = over.get('packed', packed)
    sizes = struct.pack('<HH', over.get('packed_size', len(packed)),
                        over.get('size', length))
    # Programs differ in whether the reserve counts: then there is no sum.
    total = checksum(sizes, checksum(packed)) if not any(reserve) else 0
    if over.get('sum') == 'all':
        total = checksum(sizes + reserve, checksum(packed))
    elif over.get('sum') == 'data':
        total = checksum(sizes, checksum(packed))
    elif 'sum' in over:
        total = over['sum']
    return struct.pack('<I', total) + sizes + reserve + packed


def folder(*files, method=NONE, **over):
    """files are (name, contents) or (name, contents, more of the record)."""
    files = [(name, data, more[0] if more else {})
             for name, data, *more in files]
    return {'files': files, 'method': method, **over}


def folder_blocks(x, reserve):
    data = b''.join(contents for _, contents, _ in x['files'])
    data += x.get('more', b'')
    pieces = [data[i:i + x.get('frame', FRAME)]
              for i in range(0, len(data), x.get('frame', FRAME))]
    packed = list(PACKERS[x['method'] & 15](pieces))
    over = x.get('blocks', []) + [{}] * len(pieces)
    return [block(p, len(q), reserve(i), over[i])
            for i, (p, q) in enumerate(zip(packed, pieces))]


def cabinet(*folders, **over):
    reserves = over.get('reserves')    # (header, folder, block) or None
    head, each, behind = reserves or (b'', b'', b'')
    where = 36 + (4 + len(head) if reserves is not None else 0)
    bodies = [folder_blocks(x, lambda i: behind and bytes([i]) + behind[1:])
              for x in folders]
    files, table = [], b''
    for i, x in enumerate(folders):
        at = 0
        for name, contents, more in x['files']:
            files.append((i, at, name, contents, more))
            at += len(contents)
    files = [files[i] for i in over.get('order', range(len(files)))]
    for i, at, name, contents, more in files:
        flags = 0x20 if name.isascii() else 0xa0
        table += struct.pack(
            '<IIHHHH', more.get('size', len(contents)),
            more.get('offset', at), more.get('folder', i),
            more.get('date', 0x58a6), more.get('time', 0x3905),
            more.get('attributes', flags)) + name + b'\0'
    table += over.get('after_files', b'')
    files_at = (where + len(over.get('after_header', b'')) +
                len(folders) * (8 + len(each)))
    at, body, records = files_at + len(table), b'', [b''] * len(folders)
    for i in over.get('lie', range(len(folders))):
        x = folders[i]
        body += x.get('before', b'')
        records[i] = struct.pack(
            '<IHH', x.get('at', at + len(body)),
            x.get('count', len(bodies[i])), x['method']) + each
        body += b''.join(bodies[i])
    body += over.get('after_data', b'')
    size = over.get('size', at + len(body))
    out = b'MSCF' + struct.pack(
        '<IIIIIHHHHHH', 0, size, 0, over.get('files_at', files_at), 0,
        over.get('version', 0x0103), over.get('folders', len(folders)),
        over.get('files', len(files)),
        over.get('flags', 0 if reserves is None else 4),
        over.get('set', 1234), over.get('number', 0))
    if reserves is not None:
        out += struct.pack('<HBB', over.get('reserve_size', len(head)),
                           len(each), len(behind)) + head
    return (out + over.get('after_header', b'') + b''.join(records) + table +
            body + over.get('after', b''))


def words(count, seed):
    """Text that packs well; not the same for two seeds."""
    return b' '.join(b'%d' % (i * seed % 7919) for i in range(count))


def noise(count, seed):
    """Bytes that do not pack."""
    out, state = bytearray(), seed
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        out.append(state >> 56)
    return bytes(out)


def signed(data, room=20, size=160):
    """Adds what a signer adds, where the reserve was kept free for it."""
    at = len(data)
    return (data[:40] + struct.pack('<III', 0x100000, at, size) + data[52:] +
            b'\x30' * size)


def good_cases():
    a, b = (b'a.txt', words(400, 3)), (b'lib\\b.dll', words(20000, 7))
    c, d = (b'c.exe', noise(70000, 1)), (b'empty', b'')
    yield 'plain', cabinet(folder(a))
    yield 'none', cabinet(folder(a, b, c, d))
    yield 'mszip', cabinet(folder(a, b, c, d, method=MSZIP))
    yield 'lzx', cabinet(folder(a, b, c, d, method=LZX))
    yield 'lzx-window', cabinet(folder(b, method=0x1503))
    yield 'exact', cabinet(folder((b'x', noise(2 * FRAME, 2)), method=MSZIP))
    yield 'folders', cabinet(folder(a, d, method=MSZIP), folder(b),
                             folder(c, method=LZX), folder((b'e', b'e' * 99)))
    yield 'order', cabinet(folder(a, b, method=MSZIP), folder(c, d),
                           order=[3, 1, 0, 2], lie=[1, 0])
    yield 'utf8', cabinet(folder(('\u00fc\\\u65e5.txt'.encode(), b'text'), a))
    yield 'slashes', cabinet(folder((b'x/y/a', b'one'), (b'x/b', b'two')))
    yield 'records', cabinet(
        folder((b'a', b'1', {'attributes': 0x47, 'date': 0x21, 'time': 0}),
               (b'b', b'2', {'attributes': 0x01, 'time': 0xbf7d}),
               method=MSZIP), set=0xffff, number=7)
    yield 'no-sums', cabinet(folder(a, b, blocks=[{'sum': 0}] * 4))
    for which in ('all', 'data'):
        yield 'sum-of-' + which, cabinet(
            folder(a, b, blocks=[{'sum': which}] * 4),
            reserves=(b'', b'', b'1234567'))
    yield 'nothing', cabinet(folder(d))
    yield 'nothing-packed', cabinet(folder(d, method=LZX))
    yield 'nothing-between', cabinet(folder(a), folder(d), folder(b))
    yield 'kept-free', cabinet(folder(a), reserves=(b'\0' * 20, b'', b''))
    for name in ('H--', '-F-', '--D', 'HFD'):
        yield 'reserve' + name, cabinet(
            folder(a, b, method=MSZIP), folder(c), reserves=tuple(
                b'reserved %d' % i if name[i] != '-' else b''
                for i in range(3)))
    large = cabinet(folder(a, b), reserves=(b'\0' * 40, b'12', b''))
    yield 'signed-large', signed(large)
    yield 'signed-alone', signed(cabinet(folder(a, b), reserves=(
        b'\0' * 20, b'', b'')))


def bad_cases():
    a, b = (b'a.txt', b'hello ' * 9), (b'b.txt', b'other ' * 9)
    good = cabinet(folder(a))
    yield 'CAB-TRUNCATED', 'cut', good[:-1]
    yield 'CAB-TRUNCATED', 'head', good[:35]
    yield 'CAB-TRUNCATED', 'longer', cabinet(folder(a), size=999)
    yield 'CAB-HEADER', 'version', cabinet(folder(a), version=0x0104)
    yield 'CAB-HEADER', 'flags', cabinet(folder(a), flags=8)
    yield 'CAB-HEADER', 'no-files', cabinet(folder(a), files=0)
    yield 'CAB-HEADER', 'no-folders', cabinet(folder(a), folders=0)
    yield 'CAB-VOLUMES', 'previous', cabinet(folder(a), flags=1)
    yield 'CAB-VOLUMES', 'next', cabinet(folder(a), flags=2)
    for number in (0xfffd, 0xfffe, 0xffff):
        yield 'CAB-VOLUMES', f'folder-{number:x}', cabinet(
            folder((b'a', b'a', {'folder': number})))
    yield 'CAB-VOLUMES', 'block', cabinet(folder(a, blocks=[{'size': 0}]))
    yield 'CAB-TRAILING', 'after', cabinet(folder(a), after=b'x')
    yield 'CAB-TRAILING', 'kept-free', cabinet(
        folder(a), reserves=(b'\0' * 20, b'', b''), after=b'x')
    full = signed(cabinet(folder(a), reserves=(b'\0' * 20, b'', b'')))
    yield 'CAB-TRAILING', 'signed', full + b'x'
    yield 'CAB-TRUNCATED', 'signed', full[:-1]
    yield 'CAB-LAYOUT', 'signature-elsewhere', (
        full[:44] + struct.pack('<I', 60) + full[48:])
    yield 'CAB-LAYOUT', 'signature-empty', (
        full[:48] + b'\0\0\0\0' + full[52:len(full) - 160])
    yield 'CAB-LAYOUT', 'reserve', cabinet(
        folder(a), reserves=(b'', b'', b''), reserve_size=60000)
    yield 'CAB-LAYOUT', 'size', cabinet(folder(a), size=37, reserves=(
        b'', b'', b''))[:37]
    yield 'CAB-LAYOUT', 'files-before', cabinet(folder(a), files_at=40)
    yield 'CAB-LAYOUT', 'files-outside', cabinet(folder(a), files_at=1 << 30)
    yield 'CAB-LAYOUT', 'data-outside', cabinet(folder(a, at=1 << 30))
    yield 'CAB-LAYOUT', 'data-in-table', cabinet(folder(a, at=40))
    yield 'CAB-LAYOUT', 'data-at-end', cabinet(
        folder(a), folder(b, at=len(cabinet(folder(a), folder(b))) - 3))
    yield 'CAB-LAYOUT', 'blocks', cabinet(
        folder((b'a', noise(FRAME, 1)), count=2))
    yield 'CAB-LAYOUT', 'block-longer', cabinet(
        folder(a, blocks=[{'packed_size': 60}]))
    yield 'CAB-LAYOUT', 'no-nul', cabinet(folder((b'a', b'')))[:-1].replace(
        struct.pack('<I', len(cabinet(folder((b'a', b''))))),
        struct.pack('<I', len(cabinet(folder((b'a', b'')))) - 1))
    yield 'CAB-LAYOUT', 'files-more', cabinet(folder(a), files=2)
    yield 'CAB-LAYOUT', 'overlap', cabinet(
        folder(a), folder(b, at=len(good) - 62 + 8 + 22))
    yield 'CAB-GAP', 'header', cabinet(folder(a), after_header=b'hidden')
    yield 'CAB-GAP', 'files', cabinet(folder(a), after_files=b'hidden')
    yield 'CAB-GAP', 'many', cabinet(folder(a), after_files=b'hidden' * 99)
    yield 'CAB-GAP', 'between', cabinet(folder(a), folder(b, before=b'hide'))
    yield 'CAB-GAP', 'behind', cabinet(folder(a), after_data=b'hidden')
    for name in (b'\\a', b'..\\a', b'a\\..\\b', b'a\\\\b', b'.\\a', b'C:\\a',
                 b'C:a', b'a\nb', b'', b'a\\', b'a/', b'/a', b'a\\.',
                 b'a' * 256):
        yield 'CAB-NAME', 'name-' + name[:9].hex(), cabinet(
            folder((name, b'data')))
    yield 'CAB-NAME', 'no-utf8', cabinet(folder((b'\xff\xfe', b'data')))
    yield 'CAB-NAME', 'code-page', cabinet(
        folder((b'\xe4.txt', b'data', {'attributes': 0x20})))
    yield 'CAB-NAME', 'folder', cabinet(
        folder((b'a', b'', {'attributes': 0x10}), b))
    yield 'CAB-NAME', 'two-separators', cabinet(
        folder((b'a\\b', b'1'), (b'c/d', b'2')))
    yield 'CAB-NAME-TWICE', 'same', cabinet(folder(a), folder(a))
    yield 'CAB-NAME-TWICE', 'case', cabinet(folder(a, (b'A.TXT', b'x')))
    yield 'CAB-NAME-TWICE', 'inside', cabinet(folder(a, (b'a.txt\\b', b'x')))
    yield 'CAB-FILE', 'folder', cabinet(folder((b'a', b'a', {'folder': 1})))
    yield 'CAB-FILE', 'longer', cabinet(folder((b'a', b'a', {'size': 2})))
    yield 'CAB-FILE', 'huge', cabinet(
        folder((b'a', b'a', {'size': 0xffffffff, 'offset': 0xffffffff})))
    yield 'CAB-FILE', 'shared', cabinet(
        folder(a, (b'b', b'', {'size': 10, 'offset': 5})))
    yield 'CAB-FILE', 'shared-all', cabinet(
        folder(a, (b'b', b'', {'size': 54, 'offset': 0})))
    yield 'CAB-FILE', 'missed', cabinet(
        folder((b'a', b'abc', {'size': 2}), (b'b', b'def')))
    yield 'CAB-FILE', 'left', cabinet(folder(a, more=b'hidden'))
    yield 'CAB-FILE', 'left-folder', cabinet(folder(a), folder(more=b'hide'))
    yield 'CAB-FILE', 'past-empty', cabinet(
        folder(a, (b'b', b'', {'offset': 55})))
    yield 'CAB-BLOCK', 'large', cabinet(
        folder((b'a', b'a' * 32769), frame=32769))
    yield 'CAB-BLOCK', 'large-packed', cabinet(folder(
        (b'a', b'a' * 40000), method=MSZIP, frame=40000))
    for method in (NONE, MSZIP, QUANTUM, LZX):
        yield 'CAB-BLOCK', f'short-{method}', cabinet(folder(
            (b'a', noise(3000, 1)), method=method, frame=1000))
    yield 'CAB-BLOCK', 'none', cabinet(folder(a, blocks=[{'size': 53}]))
    yield 'CAB-CHECKSUM', 'none', cabinet(folder(a, blocks=[{'sum': 1}]))
    yield 'CAB-CHECKSUM', 'mszip', cabinet(folder(
        a, method=MSZIP, blocks=[{'sum': 1}]))
    yield 'CAB-CHECKSUM', 'second', cabinet(folder(
        (b'a', noise(40000, 1)), method=LZX, blocks=[{}, {'sum': 1}]))
    yield 'CAB-METHOD', 'quantum', cabinet(folder(a, method=QUANTUM))
    yield 'CAB-METHOD', 'unknown', cabinet(folder(a, method=4))
    text = b'hello ' * 9
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b'CK' + squeeze.compress(text) + squeeze.flush()
    for what, data in (('magic', b'KC' + packed[2:]), ('cut', packed[:-1]),
                       ('longer', packed + b'x'), ('empty', b''),
                       ('garbage', b'CK\xff\xff\xff'), ('one', b'C')):
        yield 'CAB-DATA', 'mszip-' + what, cabinet(folder(
            (b'a', text), method=MSZIP, blocks=[{'packed': data}]))
    for size in (53, 55):
        yield 'CAB-DATA', f'mszip-{size}', cabinet(folder(
            (b'a', text, {'size': size}), method=MSZIP,
            blocks=[{'size': size}]))
    for what, data in (('cut', b'\0\x30\0\0'), ('garbage', b'\xff' * 60),
                       ('empty', b'')):
        yield 'CAB-DATA', 'lzx-' + what, cabinet(folder(
            (b'a', text), method=LZX, blocks=[{'packed': data}]))
    yield 'CAB-DATA', 'lzx-window', cabinet(folder(a, method=0x0e03))
    yield 'LIMIT-RATIO', 'bomb', cabinet(
        folder((b'a', b'\0' * (16 << 20)), method=MSZIP))


def parse(data):
    """Header, folders, files: each as far as a rebuild leaves it alone."""
    (size, files_at, version, folder_count, file_count, flags, set_id,
     number) = struct.unpack('<8xI4xI4xHHHHHH', data[:36])
    reserve, each, behind, at = b'', 0, 0, 36
    if flags & 4:
        length, each, behind = struct.unpack('<HBB', data[36:40])
        reserve, at = data[40:40 + length], 40 + length
    folders = []
    for i in range(folder_count):
        where, count, method = struct.unpack('<IHH', data[at:at + 8])
        blocks = []
        begin = where
        for _ in range(count):
            total, packed, _ = struct.unpack('<IHH', data[where:where + 8])
            here = where + 8 + behind
            got = checksum(data[where + 4:where + 8],
                           checksum(data[here:here + packed]))
            every = checksum(data[where + 4:here],
                             checksum(data[here:here + packed]))
            assert total in (0, got, every), 'checksum'
            blocks.append(data[where + 8:here])
            where = here + packed
        folders.append((method, data[at + 8:at + 8 + each], blocks,
                        data[begin:where]))
        at += 8 + each
    assert at == files_at
    files = []
    for _ in range(file_count):
        end = data.index(b'\0', at + 16)
        length, offset, *record = struct.unpack('<IIHHHH', data[at:at + 16])
        files.append((data[at + 16:end], record, length, offset))
        at = end + 1
    frame = (data[4:8], data[12:16], data[20:24], version, set_id, number,
             each, behind)
    return frame, flags, reserve, folders, files


def same(before, after, changed):
    with open(before, 'rb') as file:
        one, data = parse(file.read()), file.seek(0) or file.read()
    with open(after, 'rb') as file:
        two = parse(file.read())
    frame, flags, reserve, folders, files = one
    is_signed = len(data) > struct.unpack('<I', data[8:12])[0]
    alone = is_signed and len(reserve) == 20 and frame[-2:] == (0, 0)
    if is_signed:
        reserve = b'' if alone else b'\0' * 12 + reserve[12:]
    assert frame == two[0], 'frame'
    assert flags & (0 if alone else 4) == two[1], 'flags'
    assert reserve == two[2], 'reserve'
    touched = {files[i][1][0] for i in changed}
    for i, x in enumerate(folders):
        y = two[3][i]
        assert x[1] == y[1], 'reserve of a folder'
        if i not in touched:
            assert x == y, 'folder'
            continue
        assert y[0] == (MSZIP if x[0] & 15 == 3 else x[0]), 'method'
        for k, kept in enumerate(y[2]):
            assert kept == (x[2][k] if k < len(x[2]) else b'\0' * len(kept))
    for i, x in enumerate(files):
        y = two[4][i]
        assert x[:2] == y[:2], 'record'
        assert i in changed or x[2] == y[2], 'size'
    new = two[4][len(files):]
    assert len(two[3]) == len(folders) + bool(new)
    for name, record, _, _ in new:
        assert record == [len(folders), *files[-1][1][1:3],
                          0x20 if name.isascii() else 0xa0], 'new record'


def seeds():
    a, b = (b'a.txt', b'hello hello hello '), (b'd\\b.dll', b'other ' * 20)
    free = {'blocks': [{'sum': 0}]}    # what changes is not just refused
    yield 'none', cabinet(folder(a, b), folder((b'c', b'')))
    yield 'mszip', cabinet(folder(a, b, method=MSZIP, **free))
    yield 'lzx', cabinet(folder(a, b, method=LZX, **free))
    yield 'mixed', cabinet(folder(a, **free), folder(b, method=MSZIP))
    yield 'quantum', cabinet(folder(a, method=QUANTUM), folder(b))
    yield 'reserves', cabinet(folder(a), folder(b, method=MSZIP), reserves=(
        b'head', b'fold', b'data'), lie=[1, 0])
    yield 'signed', signed(cabinet(folder(a), reserves=(
        b'\0' * 20, b'', b'')), size=16)
    yield 'signed-large', signed(cabinet(folder(a), reserves=(
        b'\0' * 24, b'', b'x')), size=16)
    yield 'utf8', cabinet(folder(('\u00fc/a'.encode(), b'text'), a))


def write(folder_name, cases):
    for *name, data in cases:
        with open(os.path.join(folder_name, '.'.join(name)), 'wb') as file:
            file.write(data)


def main(verb, *args):
    if verb == 'good':
        write(args[0], ((f'{name}.cab', data) for name, data in good_cases()))
    elif verb == 'bad':
        write(args[0], ((code, f'{what}.cab', data)
                        for code, what, data in bad_cases()))
    elif verb == 'seeds':
        write(args[0], seeds())
    elif verb == 'lzx':
        folders = []
        for name in args[1:]:
            with open(name, 'rb') as file:
                folders.append(folder((name.replace('/', '\\').encode(),
                                       file.read()), method=LZX))
        write('.', [(args[0], cabinet(*folders))])
    elif verb == 'full':
        with open(args[0], 'wb') as file:
            file.write(cabinet(folder(*((b'%d' % i, b'')
                                        for i in range(65535)))))
    else:
        same(args[0], args[1], [int(i) for i in args[2:]])


main(*sys.argv[1:])
