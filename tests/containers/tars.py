"""Archives of tar, good and hostile, for 20-tar.sh and 30-deb.sh.

tars.py good DIR         writes good archives into DIR
tars.py bad DIR          writes hostile ones as CODE.WHAT.tar
tars.py same A B [INDEX...]  compares entries but the named ones, record by
                         record; those may differ in size, checksum and data
tars.py views FILE...    fails unless two readers see each of the files
                         differently
"""
import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
import tarfile

BLOCK = 512
END = bytes(2 * BLOCK)


def pad(data):
    return data + bytes(-len(data) % BLOCK)


def header(name=b'a', length=0, kind=b'0', link=b'', **over):
    field = {
        'mode': b'0000644\0', 'uid': b'0000000\0', 'gid': b'0000000\0',
        'size': b'%011o\0' % length, 'mtime': b'14700000000\0',
        'magic': b'ustar\00000', 'owner': b'root'.ljust(32, b'\0') * 2,
        'device': b'0000000\0' * 2, 'prefix': b'', 'rest': b''}
    field.update(over)
    record = (name.ljust(100, b'\0') + field['mode'] + field['uid'] +
              field['gid'] + field['size'] + field['mtime'] + b' ' * 8 +
              kind + link.ljust(100, b'\0') + field['magic'] +
              field['owner'] + field['device'] +
              field['prefix'].ljust(155, b'\0') +
              field['rest'].ljust(12, b'\0'))
    assert len(record) == BLOCK, len(record)
    total = b'%06o\0 ' % (sum(record) + over.get('sum', 0))
    return record[:148] + total + record[156:]


def entry(name=b'a', data=b'text', kind=b'0', link=b'', **over):
    return header(name, over.pop('length', len(data)), kind, link,
                  **over) + pad(data)


def record(key, value):
    rest, length = len(key) + len(value) + 3, 0
    while length != rest + len(str(length)):
        length = rest + len(str(length))
    return b'%d %s=%s\n' % (length, key, value)


def pax(*pairs, kind=b'x', raw=None):
    data = b''.join(record(*pair) for pair in pairs) if raw is None else raw
    return entry(b'PaxHeaders/x', data, kind)


def long_name(name, kind=b'L', **over):
    return entry(b'././@LongLink', name, kind, magic=b'ustar  \0', **over)


def bad_cases():
    a = entry()
    yield 'TAR-CHECKSUM', 'text', b'no archive at all\n' * 99
    yield 'TAR-CHECKSUM', 'sum', entry(sum=1) + END
    yield 'TAR-CHECKSUM', 'second', a + entry(b'b', sum=-1) + END
    yield 'TAR-NO-END', 'nothing', b''
    yield 'TAR-NO-END', 'none', a
    yield 'TAR-NO-END', 'one', a + bytes(BLOCK)
    yield 'TAR-NO-END', 'odd', a + bytes(BLOCK + 100)
    yield 'TAR-NO-END', 'cut-data', entry(length=5000) + END
    yield 'TAR-NO-END', 'cut-padding', header(length=4) + b'text'
    yield 'TAR-TRAILING', 'entry', a + END + entry(b'b') + END
    yield 'TAR-TRAILING', 'bytes', a + END + b'more'
    yield 'TAR-TRAILING', 'lone-zero', a + bytes(BLOCK) + entry(b'b') + END
    for kind in b'VMNDIAX9s':
        yield 'TAR-TYPE', 'type-%02x' % kind, entry(
            kind=bytes([kind])) + END
    yield 'TAR-TYPE', 'slash', entry(b'a/', b'') + END
    yield 'TAR-TYPE', 'slash-data', entry(b'a/') + END
    yield 'TAR-TYPE', 'slash-old', entry(
        b'a/', b'', b'\0', magic=bytes(8)) + END
    yield 'TAR-TYPE', 'slash-link', entry(b'a/', b'', b'2', b'b') + END
    yield 'TAR-HEADER', 'magic', entry(magic=b'ustar\0  ') + END
    yield 'TAR-HEADER', 'prefix-gnu', entry(
        magic=b'ustar  \0', prefix=b'etc') + END
    yield 'TAR-HEADER', 'prefix-old', entry(
        magic=bytes(8), prefix=b'etc') + END
    yield 'TAR-HEADER', 'two-pax', (
        pax((b'path', b'b')) + pax((b'comment', b'x')) + a + END)
    yield 'TAR-HEADER', 'pax-and-long', (
        pax((b'comment', b'x')) + long_name(b'b\0') + a + END)
    yield 'TAR-HEADER', 'long-and-pax', (
        long_name(b'b\0') + pax((b'path', b'c')) + a + END)
    yield 'TAR-HEADER', 'two-long', (
        long_name(b'b\0') + long_name(b'c\0') + a + END)
    yield 'TAR-HEADER', 'two-long-links', (
        long_name(b'b\0', b'K') + long_name(b'c\0', b'K') +
        entry(b'l', b'', b'2', b'd') + END)
    yield 'TAR-HEADER', 'long-nul', long_name(b'b\0c\0') + a + END
    yield 'TAR-HEADER', 'long-empty', long_name(b'\0') + a + END
    yield 'TAR-HEADER', 'long-huge', long_name(b'b' * 99999) + a + END
    yield 'TAR-HEADER', 'pax-huge', pax(
        (b'comment', b'x' * (1 << 20))) + a + END
    yield 'TAR-HEADER', 'pax-at-end', a + pax((b'path', b'b')) + END
    yield 'TAR-HEADER', 'global-at-end', (
        a + pax((b'comment', b'x'), kind=b'g') + END)
    yield 'TAR-HEADER', 'global-between', (
        pax((b'path', b'b')) + pax((b'comment', b'x'), kind=b'g') + a + END)
    for what, raw in (('short', b'5 a=b\n'), ('no-newline', b'6 a=b '),
                      ('no-number', b'x a=b\n'), ('zero', b'06 a=b\n'),
                      ('huge', b'99999999999999999999 a=b\n'),
                      ('no-equals', b'6 abc\n'), ('no-key', b'6 =bc\n'),
                      ('negative', b'-6 a=b\n'), ('tiny', b'1 a=b\n'),
                      ('twice', record(b'path', b'b') * 2),
                      ('contradicts', record(b'path', b'b') +
                       record(b'path', b'c')),
                      ('size-twice', record(b'size', b'4') * 2),
                      ('link-twice', record(b'linkpath', b'b') * 2),
                      ('size-text', record(b'size', b'4x')),
                      ('size-minus', record(b'size', b'-4')),
                      ('size-empty', record(b'size', b'')),
                      ('path-empty', record(b'path', b'')),
                      ('link-empty', record(b'linkpath', b'')),
                      ('charset', record(b'hdrcharset', b'LATIN1')),
                      ('sparse-name', record(b'GNU.sparse.name', b'b') +
                       record(b'path', b'c'))):
        yield 'TAR-PAX', what, pax(raw=raw) + a + END
    for key in (b'path', b'linkpath', b'size', b'GNU.sparse.name',
                b'hdrcharset'):
        yield 'TAR-PAX', 'global-' + key.decode(), (
            pax((key, b'4'), kind=b'g') + a + END)
    for what, field in (('negative', b'\xff' * 12), ('minus', b'-0000000004\0'),
                        ('text', b'4 text here\0'), ('empty', bytes(12)),
                        ('decimal', b'00000000008\0'),
                        ('two', b'4 5'.ljust(12)),
                        ('overflow', b'\x80' + b'\xff' * 11),
                        ('bit62', b'\x80\0\0\1' + bytes(8)),
                        ('odd-bits', b'\xc0' + bytes(10) + b'\4')):
        yield 'TAR-SIZE', what, entry(size=field) + END
    yield 'TAR-SIZE', 'pax-more', pax((b'size', b'600')) + a + bytes(
        BLOCK) + END
    yield 'TAR-SIZE', 'pax-less', pax((b'size', b'0')) + a + END
    yield 'TAR-SIZE', 'pax-huge', pax((b'size', b'8589934592')) + a + END
    yield 'TAR-NO-END', 'pax-huge', pax(
        (b'size', b'18446744073709551615')) + header() + END
    for kind, link in ((b'5', b''), (b'1', b'a'), (b'2', b'a'), (b'3', b''),
                       (b'6', b'')):
        yield 'TAR-SIZE', 'data-' + kind.decode(), a + entry(
            b'b', b'data', kind, link) + END
    for name in (b'/a', b'../a', b'a/../b', b'a//b', b'././a', b'C:/a',
                 b'a\\b', b'a\nb', b'', b'.', b'..', b'a/.', b'\xff\xfe',
                 b'./../a', b'.//a'):
        yield 'TAR-NAME', 'name-' + name.hex(), entry(name) + END
    yield 'TAR-NAME', 'folder', entry(b'a/../', b'', b'5') + END
    yield 'TAR-NAME', 'folder-slashes', entry(b'a//', b'', b'5') + END
    yield 'TAR-NAME', 'pax', pax((b'path', b'../b')) + a + END
    yield 'TAR-NAME', 'pax-nul', pax((b'path', b'b\0c')) + a + END
    yield 'TAR-NAME', 'long', long_name(b'/etc/x\0') + a + END
    yield 'TAR-NAME', 'prefix', entry(prefix=b'/etc') + END
    yield 'TAR-NAME-TWICE', 'same', a + entry(data=b'other') + END
    yield 'TAR-NAME-TWICE', 'dotted', a + entry(b'./a') + END
    yield 'TAR-NAME-TWICE', 'pax', a + pax((b'path', b'a')) + entry(
        b'b') + END
    yield 'TAR-NAME-TWICE', 'long', a + long_name(b'a\0') + entry(b'b') + END
    yield 'TAR-NAME-TWICE', 'folder', a + entry(b'a/', b'', b'5') + END
    yield 'TAR-NAME-TWICE', 'inside', a + entry(b'a.b') + entry(b'a/b') + END
    yield 'TAR-NAME-TWICE', 'link', a + entry(b'a', b'', b'2', b'/etc') + END
    yield 'TAR-NAME-TWICE', 'through-link', entry(
        b'l', b'', b'2', b'/etc') + entry(b'l/passwd') + END
    yield 'TAR-NAME-TWICE', 'through-own', entry(b'd/', b'', b'5') + entry(
        b'l', b'', b'2', b'd') + entry(b'l/x') + END
    yield 'TAR-NAME-TWICE', 'through-hard', a + entry(
        b'h', b'', b'1', b'a') + entry(b'h/x') + END
    yield 'TAR-LINK', 'hard-outside', entry(b'h', b'', b'1', b'../x') + END
    yield 'TAR-LINK', 'hard-absolute', entry(
        b'h', b'', b'1', b'/etc/passwd') + END
    yield 'TAR-LINK', 'hard-later', entry(b'h', b'', b'1', b'a') + a + END
    yield 'TAR-LINK', 'hard-itself', entry(b'h', b'', b'1', b'h') + END
    yield 'TAR-LINK', 'hard-symbolic', entry(
        b's', b'', b'2', b'/etc') + entry(b'h', b'', b'1', b's') + END
    yield 'TAR-LINK', 'hard-folder', entry(b'd/', b'', b'5') + entry(
        b'h', b'', b'1', b'd') + END
    yield 'TAR-LINK', 'empty', entry(b's', b'', b'2') + END
    yield 'TAR-LINK', 'pax-nul', pax((b'linkpath', b'b\0c')) + entry(
        b's', b'', b'2', b'b') + END
    yield 'TAR-LINK', 'file', pax((b'linkpath', b'b')) + a + END
    good = a + END
    yield 'WRAP-TRAILING', 'gzip-two', gzip.compress(good) * 2
    yield 'WRAP-TRAILING', 'gzip-zeros', gzip.compress(good) + bytes(512)
    yield 'WRAP-TRAILING', 'xz-two', lzma.compress(good) * 2
    yield 'WRAP-TRAILING', 'bzip2-two', bz2.compress(good) * 2
    yield 'WRAP-DATA', 'gzip-crc', gzip.compress(good)[:-8] + bytes(8)
    yield 'WRAP-DATA', 'gzip-cut', gzip.compress(good)[:-1]
    yield 'WRAP-DATA', 'xz-cut', lzma.compress(good)[:-1]
    yield 'WRAP-HEADER', 'gzip', b'\x1f\x8b\x08\xff' + gzip.compress(good)[4:]
    yield 'LIMIT-RATIO', 'gzip', gzip.compress(
        entry(data=bytes(20 << 20)) + END)
    yield 'LIMIT-RATIO', 'xz', lzma.compress(
        entry(data=bytes(20 << 20)) + END)


LONG = 'folder/' * 20 + 'name-' * 18 + 'z'
LONGER = '/'.join(['part' * 20] * 5) + '/' + 'name' * 40


def add(archive, name, data=b'', **more):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.mtime = 1700000000
    for key, value in more.items():
        setattr(info, key, value)
    archive.addfile(info, io.BytesIO(data))


def fill(archive):
    add(archive, 'folder', type=tarfile.DIRTYPE, mode=0o755)
    add(archive, 'folder/one.txt', b'one\n' * 300, mode=0o755, uid=1000,
        uname='someone')
    add(archive, 'empty')
    add(archive, 'exact', b'x' * 512)
    add(archive, 'link', type=tarfile.SYMTYPE, linkname='/etc/anywhere')
    add(archive, 'hard', type=tarfile.LNKTYPE, linkname='folder/one.txt')
    add(archive, 'pipe', type=tarfile.FIFOTYPE)
    add(archive, 'device', type=tarfile.CHRTYPE, devmajor=1, devminor=3)
    add(archive, 'last', b'last')


def good(folder):
    def path(name):
        return os.path.join(folder, name + '.tar')

    def write(name, data):
        with open(path(name), 'wb') as file:
            file.write(data)

    for name, form in (('ustar', tarfile.USTAR_FORMAT),
                       ('gnu', tarfile.GNU_FORMAT),
                       ('pax', tarfile.PAX_FORMAT)):
        with tarfile.open(path('python-' + name), 'w', format=form) as one:
            fill(one)
            add(one, '\u00fcmlaut', b'text')
            if name != 'ustar':
                add(one, LONG, b'long')
                add(one, LONGER, b'longer')
                add(one, 'deep', type=tarfile.SYMTYPE, linkname=LONG)
    with tarfile.open(path('python-global'), 'w', format=tarfile.PAX_FORMAT,
                      pax_headers={'comment': 'of all'}) as one:
        fill(one)
    with tarfile.open(path('python-none'), 'w'):
        pass
    write('size-record', pax((b'size', b'4'), (b'comment', b'x')) + entry() +
          entry(b'b', b'more') + END)
    write('size-binary', entry(size=b'\x80' + bytes(10) + b'\4') + END)
    write('size-spaces', entry(size=b'          4 ') + END)
    write('size-short', entry(size=b'4\0'.ljust(12, b'\0')) + END)
    write('size-full', entry(size=b'000000000004') + END)
    write('old', entry(kind=b'\0', magic=bytes(8), owner=bytes(64),
                       device=bytes(16)) + END)
    write('contiguous', entry(kind=b'7') + END)
    write('odd-end', entry() + END + bytes(100))


def walk(data):
    """(headers and data) of each entry, and what comes after."""
    out, at, begin = [], 0, 0
    while data[at:at + BLOCK].strip(b'\0'):
        kind, field = data[at + 156:at + 157], data[at + 124:at + 136]
        size = (int.from_bytes(field[1:], 'big') if field[0] & 0x80 else
                int(field.strip(b'\0 '), 8))
        body = at + BLOCK
        if kind == b'S' and data[at + 482]:
            while data[body + 504]:
                body += BLOCK
            body += BLOCK
        end = body + (size + BLOCK - 1) // BLOCK * BLOCK
        if kind not in b'xgLK':
            out.append((data[begin:at], data[at:body], data[body:body + size],
                        data[body + size:end]))
            begin = end
        at = end
    return out, data[begin:]


def unpacked(name):
    with open(name, 'rb') as file:
        data = file.read()
    for magic, tool in ((b'\x1f\x8b', 'gzip'), (b'\xfd7zXZ', 'xz'),
                        (b'\x28\xb5\x2f\xfd', 'zstd'), (b'BZh', 'bzip2')):
        if data.startswith(magic):
            return subprocess.run([tool, '-dc'], input=data, check=True,
                                  stdout=subprocess.PIPE).stdout
    return data


def blurred(head):
    return head[:124] + head[136:148] + head[156:]


def same(before, after, changed):
    one, rest = walk(unpacked(before))
    two, more = walk(unpacked(after))
    assert rest == more, 'end'
    assert len(one) <= len(two), 'entries'
    for i, old in enumerate(one):
        if str(i) not in changed:
            assert old == two[i], i
            continue
        assert blurred(old[1]) == blurred(two[i][1]), i
        assert not two[i][3].strip(b'\0'), i
        assert b' size=' in old[0] or old[0] == two[i][0], i
    first, second = (tarfile.open(fileobj=io.BytesIO(unpacked(x)))
                     for x in (before, after))
    for i, (old, new) in enumerate(zip(first, second)):
        a, b = old.get_info(), new.get_info()
        for key in ('chksum', 'size') if str(i) in changed else ():
            del a[key], b[key]
        assert a == b, (a, b)


def view(*command):
    run = subprocess.run(command, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, env={
                             'LC_ALL': 'C.UTF-8', 'PATH': os.environ['PATH']})
    return run.returncode, run.stdout


def python_view(name):
    try:
        with tarfile.open(name) as archive:
            return 0, b''.join(
                b'%s\n' % os.fsencode(x.name + ('/' if x.isdir() else ''))
                for x in archive)
    except Exception:
        return 2, b''


def views(names):
    for name in names:
        seen = {view('tar', '-tf', name), view('bsdtar', '-tf', name),
                view('busybox', 'tar', '-tf', name), python_view(name)}
        assert len(seen) > 1, name


def main(verb, *args):
    if verb == 'good':
        good(args[0])
    elif verb == 'bad':
        for code, what, data in bad_cases():
            with open(f'{args[0]}/{code}.{what}.tar', 'wb') as file:
                file.write(data)
    elif verb == 'views':
        views(args)
    else:
        same(args[0], args[1], args[2:])


if __name__ == '__main__':
    main(*sys.argv[1:])
