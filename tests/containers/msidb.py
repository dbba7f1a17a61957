"""msidb - compound files and installer databases, read and written without
any library; see msis.py.
"""
import struct

ALPHABET = ('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
            'abcdefghijklmnopqrstuvwxyz._')
PACKAGE = bytes.fromhex('84100c0000000000c000000000000046')
PATCH = bytes.fromhex('86100c0000000000c000000000000046')
FREE, END, FAT = 0xffffffff, 0xfffffffe, 0xfffffffd


def encode(name, table=False):
    out, i = '\u4840' if table else '', 0
    while i < len(name):
        one = ALPHABET.find(name[i])
        two = ALPHABET.find(name[i + 1]) if i + 1 < len(name) else -1
        if one < 0:
            out, i = out + name[i], i + 1
        elif two < 0:
            out, i = out + chr(0x4800 + one), i + 1
        else:
            out, i = out + chr(0x3800 + one + 64 * two), i + 2
    return out


def decode(stored):
    out = ''
    for c in map(ord, stored):
        if c == 0x4840:
            out += '!'
        elif 0x4800 <= c < 0x4840:
            out += ALPHABET[c - 0x4800]
        elif 0x3800 <= c < 0x4800:
            out += ALPHABET[c & 63] + ALPHABET[(c - 0x3800) >> 6]
        else:
            out += chr(c)
    return out


# ---- compound files, version 3

def order(name):
    return (len(name), name.upper())


def compound(streams, cls=PACKAGE):
    """All streams in the root storage; a balanced tree, all of it black."""
    names = sorted(streams, key=order)
    small, sectors = b'', []
    fat, mini = [], []
    starts = {}

    def chain(table, count):
        first = len(table)
        table.extend(range(first + 1, first + count))
        table.append(END)
        return first

    for name in names:
        data = streams[name]
        if not data:
            starts[name] = END
        elif len(data) < 4096:
            data += bytes(-len(data) % 64)
            starts[name] = chain(mini, len(data) // 64)
            small += data
        else:
            data += bytes(-len(data) % 512)
            starts[name] = chain(fat, len(data) // 512)
            sectors.append(data)

    def put(data):
        data += bytes(-len(data) % 512)
        sectors.append(data)
        return chain(fat, len(data) // 512) if data else END

    mini_data = put(small)
    mini_fat = put(b''.join(struct.pack('<I', x) for x in mini) +
                   b'\xff' * (-len(mini) * 4 % 512))

    tree = {}

    def node(low, high):
        if low >= high:
            return FREE
        middle = (low + high) // 2
        tree[middle] = node(low, middle), node(middle + 1, high)
        return middle + 1

    root = node(0, len(names))

    def entry(name, kind, left, right, child, start, size, clsid=bytes(16)):
        text = name.encode('utf-16-le')
        return (text.ljust(64, b'\0') + struct.pack(
            '<HBBIII', len(text) + 2, kind, 1, left, right, child) + clsid +
            struct.pack('<IQQIQ', 0, 0, 0, start, size))

    entries = entry('Root Entry', 5, FREE, FREE, root, mini_data, len(small),
                    cls)
    for i, name in enumerate(names):
        entries += entry(name, 2, *tree[i], FREE, starts[name],
                         len(streams[name]))
    while len(entries) % 512:
        entries += bytes(68) + struct.pack('<III', FREE, FREE, FREE) + \
            bytes(48)
    directory = put(entries)
    count = 0
    while len(fat) + count > count * 128:
        count += 1
    assert count <= 109
    fat_at = len(fat)
    fat += [FAT] * count
    fat += [FREE] * (count * 128 - len(fat))
    sectors.append(b''.join(struct.pack('<I', x) for x in fat))
    header = bytes.fromhex('d0cf11e0a1b11ae1') + bytes(16) + struct.pack(
        '<HHHHH6xIIIIIIIII', 0x3e, 3, 0xfffe, 9, 6, 0, count, directory, 0,
        4096, mini_fat, (len(mini) * 4 + 511) // 512, END, 0)
    header += b''.join(struct.pack('<I', fat_at + i if i < count else FREE)
                       for i in range(109))
    return header + b''.join(sectors)


def uncompound(data):
    """Name to bytes of each stream of the root storage."""
    shift, = struct.unpack_from('<H', data, 30)
    size = 1 << shift
    fats, directory, cutoff, mini_fat, _, difat, more = struct.unpack_from(
        '<II4xIIIII', data, 44)

    def sector(n):
        return data[size * (n + 1):size * (n + 2)]

    numbers = list(struct.unpack_from('<109I', data, 76))
    while difat < FAT - 1:
        words = struct.unpack('<%dI' % (size // 4), sector(difat))
        numbers += words[:-1]
        difat = words[-1]
    fat = b''.join(sector(n) for n in numbers[:fats])
    fat = struct.unpack('<%dI' % (len(fat) // 4), fat)

    def chain(n, table, get):
        out = []
        while n != END:
            out.append(get(n))
            n = table[n]
        return b''.join(out)

    entries = chain(directory, fat, sector)
    entries = [entries[i:i + 128] for i in range(0, len(entries), 128)]

    def place(e):
        return struct.unpack_from('<IQ', e, 116)

    start, length = place(entries[0])
    mini = chain(start, fat, sector) if length else b''
    table = chain(mini_fat, fat, sector)
    table = struct.unpack('<%dI' % (len(table) // 4), table)
    streams = {}

    def walk(n):
        if n == FREE:
            return
        e = entries[n]
        left, right, child = struct.unpack_from('<III', e, 68)
        walk(left)
        name = e[:struct.unpack_from('<H', e, 64)[0] - 2].decode('utf-16-le')
        start, length = place(e)
        if e[66] == 2:
            streams[name] = b'' if not length else (
                chain(start, table, lambda k: mini[64 * k:64 * k + 64])
                if length < cutoff else chain(start, fat, sector))[:length]
        walk(right)

    walk(struct.unpack_from('<I', entries[0], 76)[0])
    return streams


# ---- databases

COLUMNS = {
    'File': 'File:K Component_:s FileName:s FileSize:i4 Version:S '
            'Language:S Attributes:I2 Sequence:i4',
    'Component': 'Component:K ComponentId:S Directory_:s Attributes:i2 '
                 'Condition:S KeyPath:S',
    'Directory': 'Directory:K Directory_Parent:S DefaultDir:s',
    'Media': 'DiskId:k2 LastSequence:i4 DiskPrompt:S Cabinet:S '
             'VolumeLabel:S Source:S',
    'MsiFileHash': 'File_:K Options:i2 HashPart1:i4 HashPart2:i4 '
                   'HashPart3:i4 HashPart4:i4',
    'Binary': 'Name:K Data:v',
    'ModuleSignature': 'ModuleID:K Language:k2 Version:s',
    'Property': 'Property:K Value:s',
}
TYPES = {'K': 0x2d48, 's': 0xd48, 'S': 0x1d48, 'i2': 0x502, 'I2': 0x1502,
         'i4': 0x104, 'k2': 0x2502, 'v': 0x900}


class Database:
    def __init__(self, code_page=1252, wide=False):
        self.streams, self.strings, self.rows = {}, {}, {}
        self.code_page, self.wide = code_page, wide
        self.columns = dict(COLUMNS)
        self.cls = PACKAGE
        self.long = None        # how long strings are written
        self.last = None        # a change of the streams at the end
        self.words = 2

    def number(self, text):
        if text is None or text == '':
            return 0
        return self.strings.setdefault(str(text), len(self.strings) + 1)

    def cell(self, kind, value):
        if isinstance(value, bytes):
            return value
        if kind in 'KsS':
            n = self.number(value)
            return struct.pack('<I', n)[:3 if self.wide else 2]
        if kind == 'v':
            return struct.pack('<H', 1)
        if value is None:
            return bytes(4 if kind == 'i4' else 2)
        return struct.pack('<I', (value + (1 << 31)) & 0xffffffff) \
            if kind == 'i4' else struct.pack('<H', (value + (1 << 15)) & 65535)

    def table(self, kinds, rows):
        return b''.join(self.cell(k, row[i]) for i, k in enumerate(kinds)
                        for row in rows)

    def write(self):
        streams = {encode(n): d for n, d in self.streams.items()}
        tables, columns = [], []
        for name, rows in self.rows.items():
            parts = [c.split(':') for c in self.columns[name].split()]
            tables.append([name])
            for i, (column, kind) in enumerate(parts):
                t = int(kind, 0) if kind[0] == '0' else TYPES[kind]
                columns.append([name, i + 1, column, t - (t >> 15 << 16)])
            if rows:
                streams[encode(name, True)] = self.table(
                    [k for _, k in parts], rows)
        streams[encode('_Tables', True)] = self.table(['s'], tables)
        streams[encode('_Columns', True)] = self.table(
            ['s', 'i2', 's', 'i2'], columns)
        pool = struct.pack('<I', self.code_page | self.wide << 31)
        data = b''
        codec = {65001: 'utf-8', 1252: 'cp1252', 932: 'cp932'}[self.code_page]
        for text in self.strings:
            text = text.encode(codec)
            data += text
            if len(text) > 65535:
                high, low = len(text) >> 16, len(text) & 65535
                pool += struct.pack('<HHHH', 0, high, low, 1) \
                    if self.long == 'length first' \
                    else struct.pack('<HHHH', 0, 1, low, high)
            else:
                pool += struct.pack('<HH', len(text), 1)
        streams[encode('_StringPool', True)] = pool
        streams[encode('_StringData', True)] = data
        streams['\5SummaryInformation'] = summary(self.words)
        if self.last:
            self.last(streams)
        return compound(streams, self.cls)


def summary(words):
    if words is None:
        section = struct.pack('<II', 8, 0)
    else:
        section = struct.pack('<IIIIII', 24, 1, 15, 16, 3, words)
    return struct.pack('<HHI16xI', 0xfffe, 0, 0x20005, 1) + bytes.fromhex(
        'e0859ff2f94f6810ab9108002b27b3d9') + struct.pack('<I', 48) + section


def read(data):
    """The tables of a database: name to column names and rows of cells."""
    streams = {decode(n): d for n, d in uncompound(data).items()}
    pool, text = streams['!_StringPool'], streams['!_StringData']
    first, = struct.unpack_from('<I', pool)
    width = 3 if first >> 31 else 2
    def lengths(length_first):
        i = 4
        while i < len(pool):
            n, refs = struct.unpack_from('<HH', pool, i)
            i += 4
            if n == 0 and refs:
                low, high = struct.unpack_from('<HH', pool, i)
                n, i = (refs if length_first else high) << 16 | low, i + 4
            yield n

    strings, at = [b''], 0
    for n in lengths(sum(lengths(False)) != len(text)):
        strings.append(text[at:at + n])
        at += n

    def cells(name, kinds):
        data = streams.get('!' + name, b'')
        count = len(data) // sum(kinds) if data else 0
        out, at = [[] for _ in range(count)], 0
        for k in kinds:
            for row in out:
                row.append(int.from_bytes(data[at:at + k], 'little'))
                at += k
        return out

    columns = {}
    for table, number, name, kind in cells('_Columns', [width, 2, width, 2]):
        kind ^= 0x8000
        size = 2 if kind & ~0x1000 == 0x900 else width if kind & 0x800 \
            else 4 if kind & 255 == 4 else 2
        columns.setdefault(strings[table].decode(), []).append(
            (number ^ 0x8000, strings[name].decode(), size,
             bool(kind & 0x800) and kind & ~0x1000 != 0x900))
    out = {}
    for table, parts in columns.items():
        parts.sort()
        rows = cells(table, [p[2] for p in parts])
        out[table] = [p[1] for p in parts], [
            [strings[v].decode('latin-1') if p[3] else
             '' if v == 0 else str(v - (1 << 8 * p[2] - 1))
             for p, v in zip(parts, row)] for row in rows]
    return out
