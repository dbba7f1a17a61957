"""Debian packages, hostile ones and rare good ones, for 30-deb.sh.

debs.py good DIR    packages that dpkg-deb does not make any more
debs.py bad DIR     hostile ones as CODE.WHAT.deb
debs.py facts DIR   a control file each, as CODE.WHAT.deb or good.WHAT.deb
"""
import bz2
import gzip
import hashlib
import lzma
import sys

from tars import END, entry

CONTROL = (b'Package: acme\nVersion: 1.2-3\nArchitecture: all\n'
           b'Maintainer: A <a@example.org>\nDescription: short\n long\n')
FILES = ((b'usr/a', b'first'), (b'usr/b', b'second'))


def member(name, data, **over):
    size = over.get('size', b'%d' % len(data))
    head = (name.ljust(16) + b'1700000000'.ljust(12) + b'0'.ljust(6) +
            b'0'.ljust(6) + b'100644'.ljust(8) + size.ljust(10) +
            over.get('magic', b'`\n'))
    return head + data + (over.get('fill', b'\n') if len(data) % 2 else b'')


def tar(*files, kinds=()):
    return b''.join([entry(b'./', b'', b'5')] +
                    [entry(b'./' + name, data) for name, data in files] +
                    list(kinds)) + END


def sums(files=FILES, between=b'  '):
    return b''.join(hashlib.md5(data).hexdigest().encode() + between + name +
                    b'\n' for name, data in files)


def control(text=CONTROL, md5sums=None):
    files = [(b'control', text)] if text is not None else []
    if md5sums != b'none':
        files.append((b'md5sums', sums() if md5sums is None else md5sums))
    return tar(*files)


def deb(**over):
    parts = (member(b'debian-binary', over.get('version', b'2.0\n')) +
             member(over.get('control_name', b'control.tar.gz'),
                    over.get('control', gzip.compress(control(), mtime=0))) +
             member(over.get('data_name', b'data.tar'),
                    over.get('data', tar(*FILES))))
    return b'!<arch>\n' + parts + over.get('more', b'')


def with_sums(text):
    return deb(control=gzip.compress(control(md5sums=text), mtime=0))


def good_cases():
    yield 'plain', deb()
    yield 'slashes', deb(control_name=b'control.tar.gz/',
                         data_name=b'data.tar/')
    yield 'bzip2', deb(data_name=b'data.tar.bz2',
                       data=bz2.compress(tar(*FILES)))
    yield 'odd', deb(control_name=b'control.tar',
                     control=control(), more=member(b'_odd', b'x'))
    yield 'no-sums', with_sums(b'none')
    yield 'empty-sums', with_sums(b'')
    yield 'binary-sums', with_sums(sums(between=b' *'))
    yield 'dotted-sums', with_sums(sums(between=b'  ./'))
    yield 'other-sums', with_sums(sums() + sums(((b'gone', b'x'),)))
    yield 'half-sums', with_sums(sums(FILES[:1]))
    yield 'signed', deb(more=member(b'_gpgorigin', b'sig') +
                        member(b'_other', b'kept') +
                        member(b'_gpgbuilder', b'signature'))


def bad_cases():
    good = deb()
    yield 'AR-HEADER', 'magic', b'!<arch>\r' + good[8:]
    yield 'AR-HEADER', 'cut', good[:-1]
    yield 'AR-HEADER', 'cut-header', good + member(b'_x', b'')[:30]
    yield 'AR-HEADER', 'more', good + b'\n'
    yield 'AR-HEADER', 'member-magic', deb(more=member(
        b'_x', b'', magic=b'``'))
    yield 'AR-HEADER', 'size-text', deb(more=member(b'_x', b'', size=b'0x0'))
    yield 'AR-HEADER', 'size-minus', deb(more=member(b'_x', b'', size=b'-2'))
    yield 'AR-HEADER', 'size-zeros', deb(more=member(
        b'_x', b'ab', size=b'02'))
    yield 'AR-HEADER', 'size-more', deb(more=member(b'_x', b'', size=b'99'))
    yield 'AR-HEADER', 'fill', deb(more=member(b'_x', b'x', fill=b'x'))
    yield 'AR-HEADER', 'long-name', deb(more=member(b'#1/20', b'x' * 20))
    yield 'AR-HEADER', 'name-table', deb(more=member(b'//', b'name/\n'))
    yield 'AR-HEADER', 'no-name', deb(more=member(b'', b''))
    yield 'AR-HEADER', 'spaced', deb(more=member(b'_x y', b''))
    yield 'AR-HEADER', 'many', deb(more=b''.join(
        member(b'_%d' % i, b'') for i in range(99)))
    yield 'DEB-MEMBER', 'version', deb(version=b'3.0\n')
    yield 'DEB-MEMBER', 'version-more', deb(version=b'2.0\nmore\n')
    yield 'DEB-MEMBER', 'no-data', good[:good.index(b'data.tar')]
    yield 'DEB-MEMBER', 'swapped', (
        b'!<arch>\n' + member(b'debian-binary', b'2.0\n') +
        member(b'data.tar', tar(*FILES)) + member(b'control.tar', control()))
    yield 'DEB-MEMBER', 'before', (
        b'!<arch>\n' + member(b'_first', b'') + good[8:])
    yield 'DEB-MEMBER', 'between', deb(control=b'', control_name=b'_x')
    yield 'DEB-MEMBER', 'two-data', deb(more=member(b'data.tar', tar()))
    yield 'DEB-MEMBER', 'other', deb(more=member(b'other', b''))
    yield 'DEB-MEMBER', 'twice', deb(more=member(b'_x', b'') * 2)
    yield 'DEB-MEMBER', 'lzma', deb(data_name=b'data.tar.lzma')
    yield 'DEB-MEMBER', 'suffix', deb(data_name=b'data.tar.foo')
    yield 'DEB-MEMBER', 'named-packed', deb(data_name=b'data.tar.gz')
    yield 'DEB-MEMBER', 'named-plain', deb(data=gzip.compress(tar(*FILES)))
    yield 'DEB-MEMBER', 'named-other', deb(
        data_name=b'data.tar.gz', data=lzma.compress(tar(*FILES)))
    yield 'DEB-MEMBER', 'control-bzip2', deb(
        control_name=b'control.tar.bz2', control=bz2.compress(control()))
    yield 'DEB-CONTROL', 'none', deb(control=gzip.compress(
        control(text=None)))
    yield 'DEB-CONTROL', 'link', deb(control=gzip.compress(tar(kinds=[
        entry(b'./control', b'', b'2', b'/etc/passwd')])))
    for what, text in (('no-end', sums()[:-1]), ('empty-line', b'\n'),
                       ('upper', sums().upper()), ('short', sums()[1:]),
                       ('one-space', sums(between=b' ')),
                       ('escaped', b'\\' + sums()),
                       ('no-path', sums(((b'', b'x'),))),
                       ('absolute', sums(((b'/usr/a', b'first'),))),
                       ('outside', sums(((b'../a', b'first'),))),
                       ('folder', sums(((b'usr', b''),)))):
        data = tar(*FILES, kinds=[entry(b'./usr/', b'', b'5')])
        yield 'DEB-MD5SUMS', what, deb(
            data=data, control=gzip.compress(control(md5sums=text)))
    yield 'DEB-MD5SUMS', 'is-folder', deb(control=gzip.compress(tar(
        (b'control', CONTROL), kinds=[entry(b'./md5sums', b'', b'5')])))
    yield 'DEB-MD5SUMS', 'names-link', deb(
        control=gzip.compress(control(md5sums=sums(((b'l', b'first'),)))),
        data=tar(*FILES, kinds=[entry(b'./l', b'', b'2', b'usr/a')]))
    yield 'DEB-SUM', 'wrong', with_sums(sums(((b'usr/a', b'other'),)))
    yield 'DEB-SUM', 'two', with_sums(sums(((b'usr/a', b'first'),
                                            (b'usr/a', b'other'))))
    yield 'DEB-SUM', 'two-links', deb(
        control=gzip.compress(control(md5sums=sums(
            FILES + ((b'h', b'other'),)))),
        data=tar(*FILES, kinds=[entry(b'./h', b'', b'1', b'./usr/a')]))
    yield 'ENTRY-OPAQUE', 'md5sums', deb(control=gzip.compress(tar(
        (b'control', CONTROL), kinds=[entry(b'./md5sums', b'', b'2', b'x')])))
    yield 'TAR-NAME', 'data', deb(data=tar((b'../x', b'')))
    yield 'TAR-NAME-TWICE', 'control', deb(
        control=gzip.compress(control() [:-1024] + entry(b'control') + END))
    yield 'TAR-NO-END', 'data', deb(data=tar(*FILES)[:-1024])
    yield 'WRAP-DATA', 'control', deb(control=gzip.compress(control())[:-1])


def fact_cases():
    yield 'good.plain', CONTROL
    yield 'good.odd', (b'package:acme\nVERSION:\t 1.2-3 \nX: y\n\tz\n'
                       b'Architecture: all\n\n\n')
    yield 'DEB-CONTROL.no-version', CONTROL.replace(b'Version', b'X')
    yield 'DEB-CONTROL.twice', CONTROL + b'Package: other\n'
    yield 'DEB-CONTROL.case', CONTROL + b'PACKAGE: other\n'
    yield 'DEB-CONTROL.second', CONTROL + b'\nPackage: other\n'
    yield 'DEB-CONTROL.goes-on', CONTROL.replace(b'acme\n', b'acme\n more\n')
    yield 'DEB-CONTROL.first', b' ' + CONTROL
    yield 'DEB-CONTROL.no-colon', b'text\n' + CONTROL
    yield 'DEB-CONTROL.no-name', b': x\n' + CONTROL
    yield 'DEB-CONTROL.comment', b'#a: b\n' + CONTROL
    yield 'DEB-CONTROL.space', CONTROL.replace(b'Package:', b'Package :')
    yield 'DEB-CONTROL.empty', CONTROL.replace(b'acme', b'')
    yield 'DEB-CONTROL.carriage', CONTROL.replace(b'\n', b'\r\n')
    yield 'DEB-CONTROL.latin', CONTROL.replace(b'short', b'\xe9t\xe9')
    yield 'DEB-CONTROL.nothing', b''
    yield 'DEB-CONTROL.huge', CONTROL + b' x\n' * 400000


def write(folder, name, data):
    with open(f'{folder}/{name}.deb', 'wb') as file:
        file.write(data)


def main(verb, folder):
    if verb == 'good':
        for what, data in good_cases():
            write(folder, what, data)
    elif verb == 'bad':
        for code, what, data in bad_cases():
            write(folder, f'{code}.{what}', data)
    else:
        for name, text in fact_cases():
            write(folder, name, deb(control=gzip.compress(control(text))))


main(*sys.argv[1:])
