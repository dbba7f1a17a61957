#!/usr/bin/env python3
"""msis - makes installer packages, good and hostile, and compares two.

	msis.py good FOLDER CABINET	packages of all shapes; CABINET holds the
					files F1 (app.exe), F2, F3
	msis.py bad FOLDER CABINET	CODE.what.msi: refused with that code
	msis.py same OLD NEW STREAM...	all streams equal but these; File and
					MsiFileHash only in sizes and sums
	msis.py table FILE NAME		rows of a table, tab between cells
	msis.py sum FILE		the four words that MsiFileHash has of it
	msis.py put FILE NEW STREAM CONTENTS	a stream replaced, or a new one
	msis.py flips FILE FOLDER	N.msi: one byte of one stream is another
"""
import hashlib
import struct
import sys

from msidb import (COLUMNS, PATCH, Database, compound, decode, encode, read,
                   uncompound)


# ---- what is made

def basic(cabinet, **terms):
    """Three files in a cabinet, two folders, a library of Binary."""
    d = Database(**terms)
    d.streams['app.cab'] = cabinet
    d.streams['Binary.Action'] = b'MZ' + bytes(range(100))
    d.rows = {
        'Directory': [['TARGETDIR', None, 'SourceDir'],
                      ['ProgramFilesFolder', 'TARGETDIR', '.'],
                      ['INSTALLDIR', 'ProgramFilesFolder', 'Acme|Acme App'],
                      ['SUB', 'INSTALLDIR', 'there:sub|sub folder']],
        'Component': [['C1', None, 'INSTALLDIR', 0, None, 'F1'],
                      ['C2', None, 'SUB', 0, None, 'F2'],
                      ['C3', None, 'SUB', 0, None, 'F3']],
        'File': [['F1', 'C1', 'app.exe', 1, None, None, 512, 1],
                 ['F2', 'C2', 'NUMBE~1.TXT|numbers.txt', 1, None, None, None,
                  2],
                 ['F3', 'C3', 'lib.dll', 1, '1.0.0.0', '1033', None, 3]],
        'Media': [[1, 3, None, '#app.cab', None, None]],
        'MsiFileHash': [['F2', 0, 1, 2, 3, 4], ['F1', 0, -1, -2, -3, -4]],
        'Binary': [['Action', b'\1\0']],
        'Property': [['ProductName', 'An application']],
    }
    return d


def good(cabinet):
    yield 'plain', basic(cabinet)
    yield 'wide', basic(cabinet, wide=True)

    d = basic(cabinet, code_page=65001)
    d.rows['File'][0][2] = 'APP~1.EXE|\u00e4pp\u20ac.exe'
    yield 'utf8', d

    d = basic(cabinet, code_page=1252)
    d.rows['File'][0][2] = '\u00e4pp\u20ac.exe'
    yield 'western', d

    for how in 'references first', 'length first':
        d = basic(cabinet)
        d.long = how
        d.rows['Property'].append(['Long', 'x' * 200001])
        d.rows['Property'].append(['After', 'y'])
        yield 'long-' + how.split()[0], d

    d = basic(cabinet)
    d.words = 0
    for row, bits in zip(d.rows['File'], (0x4000, 0x2000, 0x4200)):
        row[6] = bits
    yield 'flags', d

    d = basic(cabinet)
    d.rows['Media'] = [[2, 3, None, 'beside.cab', None, None],
                       [1, 1, None, '#app.cab', None, None]]
    yield 'beside', d

    d = basic(cabinet)
    d.rows['Media'] = [[1, 2, None, '#app.cab', None, None],
                       [2, 2, None, '#none.cab', None, None],
                       [3, 9, None, '#app.cab', None, None]]
    yield 'media', d

    d = basic(cabinet)
    d.streams['app.cab'] = cabinet[:-9]
    yield 'broken-cabinet', d

    d = basic(cabinet)
    d.rows['File'][1][2] = 'APP.EXE'
    d.rows['Component'][1][2] = 'INSTALLDIR'
    yield 'twice', d

    d = basic(cabinet)
    d.rows['File'][2][0] = 'F4'
    yield 'missing', d

    d = basic(cabinet)
    d.rows['ModuleSignature'] = [['Module', 1033, '1.0']]
    d.streams['MergeModule.CABinet'] = d.streams.pop('app.cab')
    del d.rows['Media']
    d.words = 0
    yield 'module', d

    d = basic(cabinet)
    del d.rows['MsiFileHash'], d.rows['Binary']
    yield 'few-tables', d

    d = Database()
    d.rows = {'Property': [['a', 'b']], 'File': []}
    yield 'no-files', d

    d = Database()
    d.cls = PATCH
    yield 'patch', d

    d = basic(cabinet)
    for i in range(100):
        d.rows['Directory'].append(
            ['D%d' % i, 'D%d' % (i - 1) if i else 'SUB', 'd'])
    d.rows['Component'][0][2] = 'D99'
    yield 'deep', d


def bad(cabinet):
    def of(change, **terms):
        d = basic(cabinet, **terms)
        change(d)
        return d

    def cell(table, row, column, value):
        return of(lambda d: d.rows[table][row].__setitem__(column, value))

    def last(change):
        def put(d):
            d.last = change
        return of(put)

    def at(name, offset, value):
        name = encode(name, True)

        def put(streams):
            data = bytearray(streams[name])
            data[offset:offset + len(value)] = value
            streams[name] = bytes(data)
        return last(put)

    def columns(table, text):
        return of(lambda d: d.columns.__setitem__(table, text))

    def cut(name, count, more=b''):
        name = encode(name, True)
        return last(lambda s: s.__setitem__(name, s[name][:-count] + more))

    huge = struct.pack('<H', 60000)
    yield 'MSI-TABLE.component', cell('File', 0, 1, 'C9')
    yield 'MSI-TABLE.component-number', cell('File', 0, 1, huge)
    yield 'MSI-TABLE.name-number', cell('File', 0, 2, huge)
    yield 'MSI-TABLE.key-number', cell('File', 0, 0, huge)
    yield 'MSI-TABLE.no-key', cell('File', 0, 0, None)
    yield 'MSI-TABLE.same-key', cell('File', 0, 0, 'F2')
    yield 'MSI-TABLE.same-component', cell('Component', 0, 0, 'C2')
    yield 'MSI-TABLE.folder', cell('Component', 0, 2, 'NONE')
    yield 'MSI-TABLE.parent', cell('Directory', 2, 1, 'NONE')
    yield 'MSI-TABLE.circle', cell('Directory', 1, 1, 'SUB')
    yield 'MSI-TABLE.binary-number', cell('Binary', 0, 0, huge)
    yield 'MSI-TABLE.cabinet-number', cell('Media', 0, 3, huge)

    def deep(d):
        d.rows['Directory'] += [['D%d' % i, 'D%d' % (i - 1) if i else 'SUB',
                                 'd'] for i in range(200)]
        d.rows['Component'][0][2] = 'D199'
    yield 'MSI-TABLE.deep', of(deep)
    yield 'MSI-TABLE.no-folders', of(lambda d: d.rows.pop('Directory'))
    yield 'MSI-TABLE.no-components', of(lambda d: d.rows.pop('Component'))
    yield 'MSI-TABLE.row-cut', cut('File', 1)
    yield 'MSI-TABLE.row-more', cut('MsiFileHash', 1, b'xy')
    yield 'MSI-TABLE.columns-cut', cut('_Columns', 3)
    yield 'MSI-TABLE.tables-more', cut('_Tables', 2, b'\xff\xff')
    yield 'MSI-TABLE.column-type', columns('Media', COLUMNS['Media'].replace(
        'LastSequence:i4', 'LastSequence:0x103'))
    yield 'MSI-TABLE.column-kind', columns('File', COLUMNS['File'].replace(
        'FileSize:i4', 'FileSize:S'))
    yield 'MSI-TABLE.column-gone', columns('File', COLUMNS['File'].replace(
        'Sequence', 'Order'))
    yield 'MSI-TABLE.narrow-sum', columns('MsiFileHash', COLUMNS[
        'MsiFileHash'].replace('HashPart3:i4', 'HashPart3:i2'))
    # The third of the four columns of _Columns' 29 rows or so is the name;
    # the second the number: two columns get the same one, or one too far.
    number = encode('_Columns', True)

    def numbers(value):
        def put(streams):
            data = bytearray(streams[number])
            rows = len(data) // 8
            struct.pack_into('<H', data, rows * 2, value)
            streams[number] = bytes(data)
        return last(put)
    yield 'MSI-TABLE.column-twice', numbers(0x8002)
    yield 'MSI-TABLE.column-33', numbers(0x8000 + 33)
    yield 'MSI-TABLE.column-0', numbers(0)
    yield 'MSI-TABLE.table-twice', of(lambda d: setattr(d, 'last', (
        lambda s: s.__setitem__(encode('_Tables', True),
                                s[encode('_Tables', True)] * 2))))
    yield 'MSI-TABLE.binary-is-cabinet', cell('Media', 0, 3, '#Binary.Action')

    yield 'MSI-STRINGS.none', last(
        lambda s: s.pop(encode('_StringPool', True)))
    yield 'MSI-STRINGS.no-data', last(
        lambda s: s.pop(encode('_StringData', True)))
    yield 'MSI-STRINGS.short', cut('_StringPool', 2)
    yield 'MSI-STRINGS.fewer', cut('_StringPool', 4)
    yield 'MSI-STRINGS.data-short', cut('_StringData', 1)
    yield 'MSI-STRINGS.data-more', cut('_StringData', 1, b'xyz')
    yield 'MSI-STRINGS.length', at('_StringPool', 4, b'\xff\xff')
    yield 'MSI-STRINGS.long-at-end', cut('_StringPool', 4, b'\0\0\1\0')

    def both(d):
        d.rows['Property'] += [['A', 'x' * 65537], ['B', 'y' * 131073]]

        def put(streams):
            pool = bytearray(streams[encode('_StringPool', True)])
            at = [i for i in range(4, len(pool), 4)
                  if pool[i:i + 4] == b'\0\0\1\0']
            struct.pack_into('<H', pool, at[0] + 2, 2)
            streams[encode('_StringPool', True)] = bytes(pool)
        d.last = put
    yield 'MSI-STRINGS.two-ways', of(both)

    for i, name in enumerate(('a/b', 'a:b', 'a*b', 'a?b', '<Binary>', 'a"b',
                              '..', '.', 'short|', 'a|b|c', 'a\tb', 'a\\b')):
        yield 'MSI-NAME.file-%d' % i, cell('File', 0, 2, name)
    for i, name in enumerate(('a/b', '..', 'a:', 'x:..', 'x:a|..', '<File>')):
        yield 'MSI-NAME.folder-%d' % i, cell('Directory', 3, 2, name)
    yield 'MSI-NAME.binary', cell('Binary', 0, 0, 'a/b')
    yield 'MSI-NAME.cabinet-long', cell('Media', 0, 3, '#' + 'x' * 63)
    yield 'MSI-NAME.cabinet-empty', cell('Media', 0, 3, '#')
    yield 'MSI-NAME.cabinet-table', of(
        lambda d: d.rows['Media'][0].__setitem__(3, '#\u4840'),
        code_page=65001)
    yield 'MSI-CODE-PAGE.japanese', of(
        lambda d: d.rows['File'][0].__setitem__(2, '\u65e5.exe'),
        code_page=932)

    def folder(d):
        d.rows['File'][0][2] = 'sub folder'
    yield 'MSI-NAME-TWICE.folder', of(folder)
    yield 'MSI-SUMMARY.no-words', of(lambda d: setattr(d, 'words', None))
    yield 'MSI-SUMMARY.cut', last(lambda s: s.__setitem__(
        '\5SummaryInformation', s['\5SummaryInformation'][:60]))
    yield 'MSI-SUMMARY.count', last(lambda s: s.__setitem__(
        '\5SummaryInformation', s['\5SummaryInformation'][:52] +
        b'\xff\xff\xff\xff' + s['\5SummaryInformation'][56:]))
    yield 'MSI-SUMMARY.kind', last(lambda s: s.__setitem__(
        '\5SummaryInformation', s['\5SummaryInformation'][:64] +
        struct.pack('<II', 30, 2)))


def same(old, new, changed):
    streams, now = uncompound(old), uncompound(new)
    for name in list(streams):
        if name in ('\5DigitalSignature', '\5MsiDigitalSignatureEx'):
            del streams[name]
    assert set(streams) == set(now), 'other streams'
    for name, data in streams.items():
        plain = decode(name)
        if data == now[name] or plain in changed:
            continue
        assert plain in ('!File', '!MsiFileHash'), plain + ' changed'
    tables, later = read(old), read(new)
    for name, (columns, rows) in tables.items():
        assert later[name][0] == columns and len(later[name][1]) == len(rows)
        for a, b in zip(rows, later[name][1]):
            for column, x, y in zip(columns, a, b):
                assert x == y or column == 'FileSize' or \
                    column.startswith('HashPart'), (name, column, x, y)


def flips(streams, folder):
    """The first byte, one in the middle and the last one of each stream."""
    count = 0
    for name, data in streams.items():
        for at in {0, len(data) // 2, len(data) - 1} if data else ():
            other = bytearray(data)
            other[at] ^= 1
            with open('%s/%d.msi' % (folder, count), 'wb') as f:
                f.write(compound(dict(streams, **{name: bytes(other)})))
            count += 1


def main():
    verb, path = sys.argv[1:3]
    if verb in ('good', 'bad'):
        with open(sys.argv[3], 'rb') as f:
            cabinet = f.read()
        for name, d in (good if verb == 'good' else bad)(cabinet):
            with open('%s/%s.msi' % (path, name), 'wb') as f:
                f.write(d.write())
    elif verb == 'same':
        with open(path, 'rb') as f, open(sys.argv[3], 'rb') as g:
            same(f.read(), g.read(), sys.argv[4:])
    elif verb == 'table':
        with open(path, 'rb') as f:
            columns, rows = read(f.read())[sys.argv[3]]
        print('\n'.join('\t'.join(row) for row in rows))
    elif verb == 'put':
        with open(path, 'rb') as f, open(sys.argv[5], 'rb') as g:
            streams = uncompound(f.read())
            streams[encode(sys.argv[4])] = g.read()
        with open(sys.argv[3], 'wb') as f:
            f.write(compound(streams))
    elif verb == 'flips':
        with open(path, 'rb') as f:
            flips(uncompound(f.read()), sys.argv[3])
    elif verb == 'sum':         # of a file, as MsiFileHash has it
        with open(path, 'rb') as f:
            print('\t'.join(map(str, struct.unpack(
                '<4i', hashlib.md5(f.read()).digest()))))


main()
