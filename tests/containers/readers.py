"""Archives that readers see differently, and what each reader sees.

readers.py make DIR      writes CODE.WHAT.zip, those to be taken as GOOD.WHAT
readers.py large DIR     a million entries, 10,000 archives in each other
readers.py see FILE...   what Python, unzip and bsdtar (which reads the
                         directory of a file, and the headers of a pipe) see:
                         a line "SHA256 NAME" for each entry, in FILE.READER.
                         A reader that does not take a file gets none.
readers.py judge FILE... a line for each, FILE before a tab: "agree: ..." or
                         "differ: ...", and who took it
readers.py cost COMMAND...  its exit code, seconds, and MiB of its largest
                         process
"""
import glob
import hashlib
import io
import os
import resource
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib

import quine
from archives import bad_cases, build, entry, wide_end

UTF8 = 0x800
DESCRIPTOR = 8
UNIX = 0x0314
MAGIC = 0x08074b50


def unix(name, data, mode, **over):
    return entry(name, data, made=UNIX, attributes=mode << 16, **over)


def link(name, target, **over):
    return unix(name, target, 0o120777, **over)


def deflated(data):
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeeze.compress(data) + squeeze.flush()


def descriptor(crc, packed, size, wide=False, magic=True):
    return ((struct.pack('<I', MAGIC) if magic else b'') +
            struct.pack('<IQQ' if wide else '<III', crc, packed, size))


def streamed(name, data, method=8, wide=False, magic=True, extra=None, **over):
    """An entry whose sizes stand in the descriptor only."""
    packed = over.pop('packed', deflated(data) if method == 8 else data)
    zip64 = struct.pack('<HHQQ', 1, 16, 0, 0)
    none = 0xffffffff if (wide if extra is None else extra) else 0
    return entry(name, data, method=method, packed=packed, flags=DESCRIPTOR,
                 lcrc=0, llength=none, lsize=none, extra=zip64 if none else b'',
                 behind=descriptor(over.get('crc', zlib.crc32(data)),
                                   len(packed), len(data), wide, magic),
                 **over)


def with_crc(start, wanted):
    """start and four bytes more, of which the checksum is the wanted one."""
    def error(x):
        data = start + struct.pack('<I', x)
        return zlib.crc32(data) ^ wanted ^ x
    return start + struct.pack('<I', quine.solve(error))


def other_order(*entries):
    """The directory lists them from the last one to the first."""
    body, records = b'', b''
    for first, record in entries:
        records = record(len(body)) + records
        body += first
    return body + records + struct.pack(
        '<IHHHHIIH', 0x06054b50, 0, 0, len(entries), len(entries),
        len(records), len(body), 0)


def second_end():
    """One end record lies in the other's comment; each has a directory."""
    (one, record), (two, record2) = entry(), entry(b'b.txt', b'other')
    body = one + two
    first, second = record(0), record2(len(one))
    inner = second + struct.pack('<IHHHHIIH', 0x06054b50, 0, 0, 1, 1,
                                 len(second), len(body) + len(first) + 22, 0)
    return body + first + struct.pack(
        '<IHHHHIIH', 0x06054b50, 0, 0, 1, 1, len(first), len(body),
        len(inner)) + inner


def wide_other():
    """The ZIP64 record names another directory than the end record does."""
    (one, record), (two, record2) = entry(), entry(b'b.txt', b'other')
    body = one + two
    first, second = record(0), record2(len(one))
    at = len(body) + len(first) + len(second)
    return (body + first + second + struct.pack(
        '<IQHHIIQQQQ', 0x06064b50, 44, 45, 45, 0, 0, 1, 1, len(second),
        len(body) + len(first)) + struct.pack('<IIQI', 0x07064b50, 0, at, 1) +
        struct.pack('<IHHHHIIH', 0x06054b50, 0, 0, 1, 1, len(first),
                    len(body), 0))


def hidden_in_stored():
    """Data that could end where a descriptor stands in it."""
    start = b'what a pipe sees'
    data = start + descriptor(zlib.crc32(start), len(start), len(start))
    data += entry(b'hidden', b'nobody signed this')[0]
    return build(streamed(b'a.txt', data, method=0), entry(b'b.txt'))


def hidden_in_deflated():
    """Deflated data that ends early; what follows is another entry."""
    data = b'what everybody sees'
    packed = deflated(data)
    packed += descriptor(zlib.crc32(data), len(packed), len(data))
    packed += entry(b'hidden', b'nobody signed this')[0]
    return build(streamed(b'a.txt', data, packed=packed), entry(b'b.txt'))


def good_cases():
    a, b = entry(), entry(b'b.txt', b'other')
    yield 'plain', build(a, b)
    yield 'order', other_order(a, b, entry(b'c/d'))
    yield 'script', build(a, b, prefix=b'#!/bin/sh\nexit\n')
    yield 'looks-like-entry', build(
        entry(b'a.txt', entry(b'hidden', b'data')[0] * 3), b)
    yield 'nested', build(entry(b'inner.zip', build(a, b)), b)
    yield 'holds-descriptor', build(entry(b'a.txt', descriptor(0, 0, 0)), b)
    yield 'streamed', build(streamed(b'a.txt', b'data ' * 99), b)
    yield 'streamed-bare', build(
        streamed(b'a.txt', b'data ' * 99, magic=False), b)
    yield 'streamed-wide', build(
        streamed(b'a.txt', b'data ' * 99, wide=True), b)
    yield 'streamed-empty', build(streamed(b'a.txt', b''), b)
    yield 'streamed-stored', build(streamed(b'a.txt', b'data', method=0), b)
    yield 'streamed-nested', build(streamed(
        b'inner.zip', build(streamed(b'x', b'data'), b), method=0), b)
    yield 'wide-end', wide_end(build(a, b))
    yield 'wide-agrees', build(entry(
        extra=struct.pack('<HHQQ', 1, 16, 17, 17),
        cextra=struct.pack('<HHQQQ', 1, 24, 17, 17, 0)), b)
    # unzip 6.0 takes a marked name for CP437 where DOS made the entry.
    yield 'utf8', build(entry('\u00e4\u4e2d'.encode(), flags=UTF8, made=UNIX),
                        b)
    yield 'utf8-twice', build(entry(
        '\u00e4'.encode(), flags=UTF8, cextra=struct.pack(
            '<HHBI', 0x7075, 7, 1, zlib.crc32('\u00e4'.encode())) +
        '\u00e4'.encode()), b)
    yield 'end-in-data', build(entry(b'a.txt', build(b)[-22:] + b'x'), b)
    yield 'comment', build(a, b, comment=b'PK\1\2PK\3\4')
    yield 'links', build(
        unix(b'd/e/file', b'data', 0o100644), link(b'd/e/same', b'file'),
        link(b'd/up', b'../top'), link(b'd/down', b'./e//file'),
        link(b'top', b'd/e', method=8), link(b'root', b'.'),
        link(b'd/e/two', b'../../d/e'))
    yield 'pipe', build(unix(b'-', b'from a pipe', 0o10600))
    yield 'folder', build(entry(b'd/', b'', made=UNIX,
                                attributes=0o40755 << 16 | 0x10), b)


def hidden_cases():
    a, b, c = entry(), entry(b'b.txt', b'other'), entry(b'hidden', b'hidden')
    for what, lead in (('first', b''), ('behind-pk', b'PK00'),
                       ('behind-end', b'PK\5\6'), ('behind-text', b'#!/bin/sh'),
                       ('behind-stub', b'MZ' + b'\0' * 700),
                       ('behind-end-record', build()),
                       ('behind-descriptor', b'PK\7\10' + b'\0' * 12)):
        yield 'ZIP-GAP', 'hidden-' + what, build(a, b, prefix=lead + c[0])
    yield 'ZIP-GAP', 'starts-like-archive', build(a, b, prefix=b'PK00data')
    yield 'ZIP-GAP', 'starts-with-end', build(a, b, prefix=build())
    yield 'ZIP-GAP', 'two-archives', build(a) + build(b)
    yield 'ZIP-GAP', 'hidden-middle', build(entry(behind=c[0]), b)
    yield 'ZIP-GAP', 'hidden-last', build(a, gap=c[0])
    yield 'ZIP-DESCRIPTOR', 'stored-early', hidden_in_stored()
    yield 'ZIP-DATA', 'deflated-early', hidden_in_deflated()
    yield 'ZIP-DATA', 'deflated-slack', build(streamed(
        b'a.txt', b'data', packed=deflated(b'data') + b'slack'), b)
    yield 'ZIP-TRAILING', 'appended-entry', build(a, b) + c[0]
    yield 'ZIP-TWO-ENDS', 'in-comment', second_end()
    yield 'ZIP-END', 'wide-other', wide_other()
    yield 'ZIP-NAME-TWICE', 'same-header', build(
        a, (b'', lambda at: entry()[1](0)))


def descriptor_cases():
    b, data = entry(b'b.txt', b'other'), b'data ' * 99
    yield 'ZIP-DESCRIPTOR', 'wide-unannounced', build(
        streamed(b'a.txt', data, wide=True, extra=False), b, entry(b'c'))
    yield 'ZIP-DESCRIPTOR', 'narrow-announced', build(
        streamed(b'a.txt', data, wide=False, extra=True), b, entry(b'c'))
    yield 'ZIP-DESCRIPTOR', 'wide-empty', build(
        streamed(b'a.txt', b'', wide=True), b, entry(b'c'))
    yield 'ZIP-DESCRIPTOR', 'checksum-is-magic', build(
        streamed(b'a.txt', with_crc(b'any start', MAGIC), magic=False), b,
        entry(b'c'))
    yield 'ZIP-DESCRIPTOR', 'method', build(
        streamed(b'a.txt', data, method=12), b)
    yield 'ZIP-DESCRIPTOR', 'length-zero', build(
        streamed(b'a.txt', data, length=0), b)
    yield 'ZIP-MISMATCH', 'flag-local-only', build(entry(
        lflags=DESCRIPTOR), b)
    yield 'ZIP-DESCRIPTOR', 'flag-without', build(entry(flags=DESCRIPTOR), b)


def field_cases():
    b = entry(b'b.txt', b'other')
    path = struct.pack('<HHBI', 0x7075, 10, 1, zlib.crc32(b'a.txt')) + b'b.exe'
    yield 'ZIP-EXTRA', 'path-directory', build(entry(cextra=path), b)
    yield 'ZIP-EXTRA', 'path-header', build(entry(extra=path), b)
    yield 'ZIP-EXTRA', 'wide-differs', build(entry(
        cextra=struct.pack('<HHQQ', 1, 16, 5, 5)), b)
    yield 'ZIP-EXTRA', 'wide-header-differs', build(entry(
        extra=struct.pack('<HHQQ', 1, 16, 5, 5)), b)
    yield 'ZIP-EXTRA', 'wide-longer', build(entry(
        size=0xffffffff, lsize=0xffffffff,
        extra=struct.pack('<HHQQ', 1, 16, 17, 17),
        cextra=struct.pack('<HHQQ', 1, 16, 17, 5)), b)
    yield 'ZIP-EXTRA', 'kind-ahead', build(unix(
        b'a.txt', b'/etc/passwd', 0o100644, extra=struct.pack(
            '<HHBHHI', 0x6c78, 9, 7, UNIX, 0, 0o120777 << 16)), b)
    yield 'ZIP-MISMATCH', 'name', build(entry(lname=b'A.txt'), b)
    yield 'ZIP-MISMATCH', 'stored-or-deflated', build(entry(
        data=b'hello', packed=deflated(b'hello'), length=7, size=7,
        crc=zlib.crc32(deflated(b'hello')), lmethod=8, lsize=5,
        lcrc=zlib.crc32(b'hello')), b)
    yield 'ZIP-MISMATCH', 'shorter-header', build(entry(
        data=b'long enough', llength=4, lsize=4,
        lcrc=zlib.crc32(b'long')), b)


def name_cases():
    b = entry(b'b.txt', b'other')
    for what, name, flags in (
            ('cp437', b'\x84.txt', 0), ('latin1', b'\xe4.txt', 0),
            ('utf8-unmarked', '\u00e4'.encode(), 0),
            ('latin1-marked', b'\xe4.txt', UTF8),
            ('overlong', b'a\xc0\xafb', UTF8),
            ('overlong-dot', b'\xc0\xae\xc0\xae/a', UTF8),
            ('surrogate', b'a\xed\xa0\x80', UTF8),
            ('nul', b'a.txt\0.exe', 0), ('up', b'../up', 0),
            ('absolute', b'/abs', 0), ('backslash', b'..\\up', 0)):
        yield 'ZIP-NAME', what, build(entry(name, flags=flags), b)
    yield 'ZIP-NAME-TWICE', 'other-data', build(
        entry(), entry(data=b'other'))
    yield 'ZIP-NAME-TWICE', 'case', build(entry(), entry(b'a.TXT', b'other'))
    yield 'ZIP-NAME-TWICE', 'case-folder', build(
        entry(b'D/x'), entry(b'd', b'other'))
    yield 'ZIP-NAME-TWICE', 'through-link', build(
        link(b'd', b'/tmp'), entry(b'd/x'))
    yield 'ZIP-NAME-TWICE', 'through-link-case', build(
        link(b'D', b'e'), entry(b'd/x'))


def link_cases():
    b = entry(b'b.txt', b'other')
    for what, name, target in (
            ('absolute', b'l', b'/etc/passwd'), ('up', b'l', b'..'),
            ('up-far', b'd/l', b'../../x'), ('up-late', b'd/l', b'e/../../x'),
            ('up-through-link', b'd/l', b'd/../x'), ('empty', b'l', b''),
            ('drive', b'l', b'C:/x'), ('backslash', b'l', b'..\\x'),
            ('nul', b'l', b'x\0y'), ('latin1', b'l', b'\xe4'),
            ('long', b'l', b'x' * 5000)):
        yield 'ZIP-LINK', what, build(link(name, target), b)
    yield 'ZIP-LINK', 'deflated', build(link(b'l', b'../x', method=8), b)
    yield 'ZIP-ENCRYPTED', 'link', build(link(b'l', b'x', flags=1), b)
    for what, mode in (('device', 0o20666), ('block', 0o60660),
                       ('socket', 0o140666),
                       ('folder-by-mode', 0o40755)):
        yield 'ZIP-LINK', what, build(unix(b'x', b'data', mode), b)
    yield 'ZIP-LINK', 'folder-by-bit', build(
        entry(b'x', b'data', attributes=0x10), b)
    yield 'ZIP-LINK', 'link-with-slash', build(
        unix(b'x/', b'', 0o120777), b)


def make(folder):
    for what, data in good_cases():
        write(folder, f'GOOD.{what}', data)
    write(folder, 'GOOD.quine', quine.quine())
    for cases in (bad_cases, hidden_cases, descriptor_cases, field_cases,
                  name_cases, link_cases):
        for code, what, data in cases():
            write(folder, f'{code}.{cases.__name__[:-6]}-{what}', data)


def write(folder, name, data):
    with open(f'{folder}/{name}.zip', 'wb') as file:
        file.write(data)


def large(folder):
    count = 1000000
    body, records, crc = [], [], zlib.crc32(b'')
    for i in range(count):
        rest = struct.pack('<HHHHHIIIHH', 20, 0, 0, 0, 0x21, crc, 0, 0, 8, 0)
        name = b'%08d' % i
        body.append(b'PK\3\4' + rest + name)
        records.append(b'PK\1\2\x14\0' + rest + struct.pack(
            '<HHHII', 0, 0, 0, 0, i * 38) + name)
    end = struct.pack('<IHHHHIIH', 0x06054b50, 0, 0, 0, 0, count * 54,
                      count * 38, 0)
    whole = b''.join(body) + b''.join(records)
    write(folder, 'million', wide_end(whole + end[:8] + b'\0' * 4 + end[12:]
                                      ).replace(
        struct.pack('<QQQQ', 0, 0, count * 54, count * 38),
        struct.pack('<QQQQ', count, count, count * 54, count * 38)))
    write(folder, 'million-lying', whole + end[:8] + struct.pack(
        '<HH', 65534, 65534) + end[12:])
    data = b'the innermost file'
    for _ in range(10000):
        data = build(entry(b'in.zip', data))
    write(folder, 'deep', data)
    data = b'\0' * 100000000
    for _ in range(3):
        data = build(entry(b'in.zip', data, method=8))
    write(folder, 'bombs', data)


# ---- what readers see: (name, SHA-256), or None

def sha256(data):
    return hashlib.sha256(data).hexdigest()


def see_python(path):
    try:
        with zipfile.ZipFile(path) as archive:
            return [(x.filename, sha256(archive.open(x).read()))
                    for x in archive.infolist()]
    except Exception:
        return None


def small():
    """Some write without end what a header claims."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 20, 64 << 20))


def run(command, **more):
    with tempfile.TemporaryFile() as out:
        done = subprocess.run(command, stdout=out, stderr=subprocess.DEVNULL,
                              timeout=60, check=False, preexec_fn=small,
                              **more)
        out.seek(0)
        return done.returncode & 0xff, out.read()


def see_unzip(path):
    env = {k: v for k, v in os.environ.items() if k not in ('UNZIP', 'ZIPOPT')}
    code, listed = run(['unzip', '-Z1', path], env=env)
    tested, _ = run(['unzip', '-tqq', path], env=env)
    if code > 1 or tested > 1:
        return None
    seen = []
    for name in listed.decode('utf-8', 'replace').splitlines():
        _, data = run(['unzip', '-p', path, pattern_of(name)], env=env)
        seen.append((name, sha256(data)))
    return seen


def pattern_of(name):
    return ''.join('[%s]' % c if c in '*?[' else c for c in name)


def piped(path, command):
    with subprocess.Popen(['cat', path], stdout=subprocess.PIPE) as pipe:
        done = run(command, stdin=pipe.stdout)
        pipe.stdout.close()
    return done


def see_pipe(path):
    code, listed = piped(path, ['bsdtar', '-tf', '-'])
    seen = []
    for name in listed.decode('utf-8', 'replace').splitlines():
        data = b''
        if not name.endswith('/'):
            failed, data = piped(path, ['bsdtar', '-xOf', '-', '--',
                                        pattern_of(name)])
            code = code or failed
        seen.append((name, sha256(data)))
    return None if code != 0 else seen


def see_bsdtar(path):
    code, out = run(['bsdtar', '-cf', '-', '--format=pax', '@' + path])
    if code != 0:
        return None
    seen = []
    with tarfile.open(fileobj=io.BytesIO(out)) as archive:
        for x in archive:
            data = b''
            if x.issym():
                data = os.fsencode(x.linkname)
            elif x.isfile():
                data = archive.extractfile(x).read()
            elif not x.isdir():
                data = b'device'
            seen.append((x.name + '/' * x.isdir(), sha256(data)))
    return seen


READERS = {
    'python': see_python,
    'unzip': see_unzip,
    'bsdtar-file': see_bsdtar,
    'bsdtar-stream': see_pipe,
}


def see(paths):
    for path in paths:
        for reader, look in READERS.items():
            seen = look(path)
            if seen is None:
                continue
            with open(f'{path}.{reader}', 'w', encoding='utf-8',
                      errors='surrogateescape') as file:
                file.writelines(f'{s} {n}\n' for n, s in seen)


def judge(paths):
    for path in paths:
        views = {}
        for name in glob.glob(glob.escape(path) + '.*'):
            with open(name, 'rb') as file:
                lines = sorted(file.read().split(b'\n'))
            # Who sees nothing at all does not take it for an archive.
            if lines != [b'']:
                views[name[len(path) + 1:]] = lines
        groups = {}
        for reader in sorted(views):
            groups.setdefault(tuple(views[reader]), []).append(reader)
        text = ' | '.join(' '.join(g) for g in groups.values())
        verdict = 'differ' if len(groups) > 1 else 'agree'
        print(f'{path}\t{verdict}: {text}')


def cost(command):
    start = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False)
    print(done.returncode, int(time.monotonic() - start),
          resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
    sys.stdout.write(done.stderr.decode())


def main(verb, *args):
    {'make': lambda: make(args[0]), 'large': lambda: large(args[0]),
     'see': lambda: see(args), 'judge': lambda: judge(args),
     'cost': lambda: cost(args)}[verb]()


main(*sys.argv[1:])
