#!/usr/bin/env python3
# appx - writes app packages and bundles as packaging tools do, and computes
# anew what is signed of one; written from the formats' rules, with nothing of
# the engine.
#
#	appx.py make OUT [KEY=VALUE...]		keys: see options
#	appx.py bundle OUT [KEY=VALUE...] -- PACKAGE...
#	appx.py take FILE DER CONTENT		prints digests and GUID
#	appx.py agree FILE			its hashes are those of its files
#	appx.py shape FILE			what the archive looks like
#	appx.py graft FILE ONTO OUT		a signature of another
#	appx.py harm KIND IN OUT		a bad sibling
import base64, hashlib, re, struct, sys, zlib
from xml.sax.saxutils import quoteattr

OPTIONS = {'zip': '64', 'hash': 'sha256', 'publisher': 'CN=Acme code, O=Acme',
           'types': 'deflated', 'override': '', 'ci': '', 'arch': 'x64', 'size': '150000',
           'name': 'Acme.App', 'file': '', 'bom': '', 'prefix': '', 'decoy': ''}
METHODS = {'sha256': 'http://www.w3.org/2001/04/xmlenc#sha256',
           'sha384': 'http://www.w3.org/2001/04/xmldsig-more#sha384',
           'sha512': 'http://www.w3.org/2001/04/xmlenc#sha512'}
BLOCK = 65536
OVERRIDE = '<Override PartName="/AppxSignature.p7x" ContentType="application/vnd.ms-appx.signature"/>'
GUIDS = {bytes.fromhex('4bdfc50a07cee24db76e23c839a09fd1'): 'package',
         bytes.fromhex('b3585f0fdeaa9a4ba43495742d92eceb'): 'bundle'}


class Entry:
    """One file of the archive, packed in blocks that unpack alone."""
    def __init__(self, name, data, deflate=True, mapped=True):
        self.name, self.data, self.deflate, self.mapped = name, data, deflate, mapped
        self.packed, self.sizes = data, []
        if deflate:
            z, out = zlib.compressobj(6, zlib.DEFLATED, -15), []
            for at in range(0, len(data), BLOCK):
                part = z.compress(data[at:at + BLOCK]) + z.flush(zlib.Z_FULL_FLUSH)
                self.sizes.append(len(part))
                out.append(part)
            self.packed = b''.join(out) + z.flush()


def block_map(entries, o):
    out = ['<?xml version="1.0" encoding="UTF-8" standalone="no"?>\r\n<BlockMap xmlns='
           '"http://schemas.microsoft.com/appx/2010/blockmap" HashMethod="%s">' % METHODS[o['hash']]]
    for e in entries:
        if not e.mapped:
            continue
        name = re.sub('%([0-9A-F]{2})', lambda m: chr(int(m[1], 16)), e.name).replace('/', '\\')
        out.append('<File Name=%s Size="%d" LfhSize="%d">' % (quoteattr(name), len(e.data), 30 + len(e.name)))
        for i, at in enumerate(range(0, len(e.data), BLOCK)):
            h = base64.b64encode(hashlib.new(o['hash'], e.data[at:at + BLOCK]).digest()).decode()
            size = ' Size="%d"' % e.sizes[i] if e.deflate else ''
            out.append('<Block Hash="%s"%s/>' % (h, size))
        out.append('</File>')
    return ''.join(out + ['</BlockMap>']).encode()


def content_types(o, bundle):
    p = o['prefix'] + ':' if o['prefix'] else ''
    ns = ':' + o['prefix'] if p else ''
    main = ('/AppxMetadata/AppxBundleManifest.xml', 'application/vnd.ms-appx.bundlemanifest+xml') if bundle \
        else ('/AppxManifest.xml', 'application/vnd.ms-appx.manifest+xml')
    text = ('<?xml version="1.0" encoding="UTF-8"?>\r\n<%sTypes xmlns%s="http://schemas.openxmlformats.org/package/2006/'
            'content-types">' % (p, ns) + ('<!-- </Types> -->' if o['decoy'] else '') +
            '<%sDefault Extension="exe" ContentType="application/x-msdownload"/>'
            '<%sOverride PartName="%s" ContentType="%s"/>' % ((p, p) + main) +
            (OVERRIDE.replace('<', '<' + p) if o['override'] else '') + '</%sTypes>' % p)
    return (b'\xef\xbb\xbf' if o['bom'] else b'') + text.encode()


def write(path, entries, o):
    """ZIP64 as MakeAppx has it, or ZIP32 as older tools do."""
    out, directory, wide = bytearray(), bytearray(), o['zip'] == '64'
    for e in entries:
        at, crc, name = len(out), zlib.crc32(e.data), e.name.encode()
        method, flags, version = 8 if e.deflate else 0, 8 if wide else 0, 45 if wide else 20
        sizes = (0, 0, 0) if wide else (crc, len(e.packed), len(e.data))
        head = struct.pack('<4sHHHHHIIIHH', b'PK\3\4', version, flags, method, 0x6c32, 0x58c1, *sizes, len(name), 0)
        out += head + name + e.packed
        if wide:
            out += struct.pack('<4sIQQ', b'PK\7\x08', crc, len(e.packed), len(e.data))
        sizes = (0xffffffff,) * 2 if wide else sizes[1:]
        extra = struct.pack('<HHQQQ', 1, 24, len(e.data), len(e.packed), at) if wide else b''
        directory += struct.pack('<4sHHHHHHIIIHHHHHII', b'PK\1\2', 45, version, flags, method, 0x6c32, 0x58c1, crc,
                                 *sizes, len(name), len(extra), 0, 0, 0, 0, 0xffffffff if wide else at) + name + extra
    at, n = len(out), len(entries)
    out += directory
    if wide:
        out += struct.pack('<4sQHHIIQQQQ', b'PK\6\6', 44, 45, 45, 0, 0, n, n, len(directory), at)
        out += struct.pack('<4sIQI', b'PK\6\7', 0, at + len(directory), 1)
        out += struct.pack('<4sHHHHIIH', b'PK\5\6', *(0xffff,) * 4, 0xffffffff, 0xffffffff, 0)
    else:
        out += struct.pack('<4sHHHHIIH', b'PK\5\6', 0, 0, n, n, len(directory), at, 0)
    open(path, 'wb').write(out)


def finish(path, entries, o, bundle):
    deflate = o['types'] == 'deflated'
    entries.append(Entry('AppxBlockMap.xml', block_map(entries, o), deflate, False))
    entries.append(Entry('[Content_Types].xml', content_types(o, bundle), deflate, False))
    if o['ci']:
        entries.append(Entry('AppxMetadata/CodeIntegrity.cat', b'a catalog', True, False))
    write(path, entries, o)


def text_of(size):
    return b''.join(b'%d times nothing is nothing\r\n' % i for i in range(size // 20))[:size]


def make(path, o):
    exe = open(o['file'], 'rb').read() if o['file'] else text_of(int(o['size']))
    manifest = ('<?xml version="1.0" encoding="utf-8"?>\r\n<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/'
                'windows10"><Identity Name=%s Publisher=%s Version="1.2.3.0"%s/></Package>' % (
                    quoteattr(o['name']), quoteattr(o['publisher']),
                    ' ProcessorArchitecture="%s"' % o['arch'] if o['arch'] else ''))
    finish(path, [Entry('app.exe', exe), Entry('Assets/My%20Logo.png', b'\x89PNG' + bytes(range(256)) * 3, False),
                  Entry('empty.txt', b'', False), Entry('exact.bin', b'12345678' * (BLOCK // 8)),
                  Entry('AppxManifest.xml', manifest.encode())], o, False)


def bundle(path, o, inner):
    entries, at, rows = [], 0, []
    for name in inner:
        data, base = open(name, 'rb').read(), name.split('/')[-1]
        entries.append(Entry(base, data, False, False))
        rows.append('<Package Type="application" Version="1.2.3.0" Architecture="x64" FileName="%s" Offset="%d" Size="%d"/>' % (
            base, at + 30 + len(base), len(data)))
        at += 30 + len(base) + len(data) + (24 if o['zip'] == '64' else 0)
    manifest = ('<?xml version="1.0" encoding="UTF-8"?>\r\n<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle" '
                'SchemaVersion="5.0"><Identity Name=%s Publisher=%s Version="1.2.3.0"/><Packages>%s'
                '<Package Type="resource" Version="1.2.3.0" FileName="elsewhere.appx"/></Packages></Bundle>' % (
                    quoteattr(o['name']), quoteattr(o['publisher']), ''.join(rows)))
    entries.append(Entry('AppxMetadata/AppxBundleManifest.xml', manifest.encode()))
    finish(path, entries, o, True)


def read(path):
    """(file, records): each record (name, its bytes, method, flags, packed, size, offset, data at)."""
    f = open(path, 'rb').read()
    end = f.rindex(b'PK\5\6')
    n, length, at = struct.unpack('<HII', f[end + 10:end + 20])
    if at == 0xffffffff:
        at64, = struct.unpack('<Q', f[end - 12:end - 4])
        n, length, at = struct.unpack('<QQQ', f[at64 + 32:at64 + 56])
    records, directory = [], at
    for _ in range(n):
        head = struct.unpack('<4sHHHHHHIIIHHHHHII', f[at:at + 46])
        name, extra = head[10], head[11]
        packed, size, offset = head[8], head[9], head[16]
        x = f[at + 46 + name:at + 46 + name + extra]
        if x[:2] == b'\1\0':
            wide = list(struct.unpack('<%dQ' % (len(x[4:]) // 8), x[4:4 + len(x[4:]) // 8 * 8]))
            size = wide.pop(0) if size == 0xffffffff else size
            packed = wide.pop(0) if packed == 0xffffffff else packed
            offset = wide.pop(0) if offset == 0xffffffff else offset
        n1, n2 = struct.unpack('<HH', f[offset + 26:offset + 30])
        long = 46 + name + extra + head[12]
        records.append((f[at + 46:at + 46 + name].decode(), f[at:at + long], head[4], head[3], packed, size, offset,
                        offset + 30 + n1 + n2))
        at += long
    return f, records, directory, end


def contents(f, r):
    data = f[r[7]:r[7] + r[4]]
    return zlib.decompress(data, -15) if r[2] == 8 else data


def signed_list(path):
    """What is signed of a package that carries its signature."""
    f, records, directory, end = read(path)
    named = {r[0]: r for r in records}
    last = records[-1]
    assert last[0] == 'AppxSignature.p7x' and [r[6] for r in records] == sorted(r[6] for r in records)
    method = re.search(rb'HashMethod="([^"]*)"', contents(f, named['AppxBlockMap.xml']))[1].decode()
    kind = [k for k, v in METHODS.items() if v == method][0]
    bare, at, n = b''.join(r[1] for r in records[:-1]), last[6], len(records) - 1
    tail = b''
    if f[end - 20:end - 16] == b'PK\6\7':
        at64 = directory + sum(len(r[1]) for r in records)
        tail += f[at64:at64 + 24] + struct.pack('<QQQQ', n, n, len(bare), at)
        tail += f[end - 20:end - 12] + struct.pack('<Q', at + len(bare)) + f[end - 4:end]
    assert f[end + 4:end + 8] == bytes(4)
    fields = struct.unpack('<HHII', f[end + 8:end + 20])
    tail += f[end:end + 8] + struct.pack('<HHII', *(
        w if w == full else v for w, full, v in zip(fields, (0xffff, 0xffff, 0xffffffff, 0xffffffff),
                                                     (n, n, len(bare), at)))) + f[end + 20:]
    digest = lambda data: hashlib.new(kind, data).digest()
    out = b'APPXAXPC' + digest(f[:at]) + b'AXCD' + digest(bare + tail)
    out += b'AXCT' + digest(contents(f, named['[Content_Types].xml']))
    out += b'AXBM' + digest(contents(f, named['AppxBlockMap.xml']))
    if 'AppxMetadata/CodeIntegrity.cat' in named:
        out += b'AXCI' + digest(contents(f, named['AppxMetadata/CodeIntegrity.cat']))
    return kind, out, contents(f, last)


def element(b, at):
    """(tag, contents from, to) of the DER element at `at`."""
    n, head = b[at + 1], 2
    if n & 0x80:
        head += n & 0x7f
        n = int.from_bytes(b[at + 2:at + head], 'big')
    return b[at], at + head, at + head + n


def take(path, der_path, content_path):
    """Message and signed content of a package; its digests must be right."""
    kind, ours, p7x = signed_list(path)
    assert p7x[:4] == b'PKCX', 'no PKCX'
    der = p7x[4:]
    oid = der.index(bytes.fromhex('060a2b060104018237020104'))
    _, at, _ = element(der, oid + 12)
    _, at, end = element(der, at)
    content = der[at:end]
    assert content.endswith(ours), 'what is signed is not the list of digests'
    guid = [v for k, v in GUIDS.items() if k in content]
    open(der_path, 'wb').write(der)
    open(content_path, 'wb').write(content)
    print(kind, hashlib.new(kind, ours).hexdigest(), guid[0])


def shape(path):
    f, records, directory, end = read(path)
    print('disks', f[end + 4:end + 8].hex(), 'wide' if f[end - 20:end - 16] == b'PK\6\7' else 'narrow')
    for name, _, method, flags, packed, size, offset, at in records:
        print(name, method, flags, size)


def agree(path):
    """The block map is that of the files, and a bundle's places are right."""
    f, records, directory, end = read(path)
    named = {r[0]: r for r in records}
    text = contents(f, named['AppxBlockMap.xml']).decode()
    kind = [k for k, v in METHODS.items() if v in text][0]
    left = {re.sub('%([0-9A-F]{2})', lambda m: chr(int(m[1], 16)), n).replace('/', '\\') for n in named} - {
        'AppxBlockMap.xml', '[Content_Types].xml', 'AppxSignature.p7x', 'AppxMetadata\\CodeIntegrity.cat'}
    for name, size, local, blocks in re.findall('<File Name="(.*?)" Size="(.*?)" LfhSize="(.*?)"(?:/>|>(.*?)</File>)', text):
        r = named[name.replace('\\', '/').replace(' ', '%20')]
        data, at, out = contents(f, r), r[7], []
        assert (len(data), r[7] - r[6]) == (int(size), int(local)), name
        for i, (h, packed) in enumerate(re.findall('<Block Hash="(.*?)"(?: Size="(.*?)")?/>', blocks)):
            block = data[i * BLOCK:(i + 1) * BLOCK]
            assert base64.b64decode(h) == hashlib.new(kind, block).digest(), (name, i)
            if r[2] == 8:   # each packed block unpacks by itself
                assert zlib.decompressobj(-15).decompress(f[at:at + int(packed)]) == block, (name, i)
                at += int(packed)
            out.append(block)
        assert b''.join(out) == data and at <= r[7] + r[4], name
        left.remove(name)
    if 'AppxMetadata/AppxBundleManifest.xml' in named:
        text = contents(f, named['AppxMetadata/AppxBundleManifest.xml']).decode()
        for name, offset, size in re.findall('FileName="(.*?)" Offset="(.*?)" Size="(.*?)"', text):
            r = named[name]
            assert (r[2], r[7], r[5]) == (0, int(offset), int(size)), name
            left.remove(name)
    assert not left, left


def harm(kind, path, out):
    f, records, directory, end = read(path)
    named = {r[0]: r for r in records}
    text = lambda name: contents(f, named[name])
    entries = [Entry(r[0], contents(f, r), r[2] == 8, r[0] not in (
        'AppxBlockMap.xml', '[Content_Types].xml', 'AppxSignature.p7x')) for r in records]
    find = lambda name: [e for e in entries if e.name == name][0]
    def put(name, old, new):
        data = text(name)
        assert old in data, (name, old)
        e = find(name)
        e.__init__(e.name, data.replace(old, new, 1), e.deflate, e.mapped)
    o = dict(OPTIONS, zip='64' if f[end - 20:end - 16] == b'PK\6\7' else '32')
    if kind == 'tail':
        open(out, 'wb').write(f + b'more')
        return
    if kind == 'version':   # of the signature's record, with its ZIP64 field
        at = directory + sum(len(r[1]) for r in records[:-1])
        open(out, 'wb').write(f[:at + 6] + b'\x14\0' + f[at + 8:])
        return
    if kind == 'comment':
        open(out, 'wb').write(f[:-2] + b'\4\0more')
        return
    if kind == 'unlisted':
        entries.insert(0, Entry('evil.dll', b'evil'))
    elif kind == 'missing':
        entries.remove(find('empty.txt'))
    elif kind == 'block':
        find('exact.bin').__init__('exact.bin', b'87654321' * (BLOCK // 8))
    elif kind == 'size':
        put('AppxBlockMap.xml', b'Size="65536"', b'Size="65535"')
    elif kind == 'lfh':
        put('AppxBlockMap.xml', b'LfhSize="37"', b'LfhSize="38"')
    elif kind == 'packed':
        put('AppxBlockMap.xml', b'"/></File><File Name="Assets', b'9999999"/></File><File Name="Assets')
    elif kind == 'twice':
        entries.append(entries[0])
    elif kind == 'twice-coded':
        entries.insert(0, Entry('Assets/My Logo.png', b'evil'))
    elif kind == 'case':
        entries.insert(0, Entry('appxsignature.P7X', b'evil'))
    elif kind == 'folder':
        entries.insert(0, Entry('Assets/', b'', False))
    elif kind == 'percent':
        entries.insert(0, Entry('a%2fb.dll', b'evil'))
    elif kind == 'no-types':
        entries.remove(find('[Content_Types].xml'))
    elif kind == 'bad-types':
        put('[Content_Types].xml', b'</Types>', OVERRIDE.replace('.signature', '.other').encode() + b'</Types>')
    elif kind == 'method':
        put('AppxBlockMap.xml', b'xmlenc#sha256', b'xmldsig#sha1')
    elif kind == 'no-identity':
        put('AppxManifest.xml', b'<Identity', b'<Other')
    elif kind == 'both':
        entries.insert(0, Entry('AppxMetadata/AppxBundleManifest.xml', b'<a/>'))
    elif kind == 'offset':
        put('AppxMetadata/AppxBundleManifest.xml', b'Offset="', b'Offset="1')
    elif kind == 'behind':
        entries.append(Entry('behind.txt', b'evil'))
    elif kind == 'magic':
        e = find('AppxSignature.p7x')
        e.__init__(e.name, b'PKCY' + e.data[4:], False)
    elif kind == 'bomb':
        entries.insert(0, Entry('bomb.bin', bytes(300 << 20)))
    elif kind == 'order':
        directory_bytes = b''.join(r[1] for r in [records[1], records[0]] + records[2:])
        open(out, 'wb').write(f[:directory] + directory_bytes + f[directory + len(directory_bytes):])
        return
    else:
        sys.exit('no such harm: ' + kind)
    write(out, entries, o)


def graft(path, onto, out):
    """The signature of one package in another."""
    _, _, p7x = signed_list(path)
    f, records, directory, end = read(onto)
    last, n = records[-1], len(p7x) - records[-1][4]
    new = bytearray(f[:last[7]] + p7x)
    rest = bytearray(f[directory:])
    at = len(rest) - (len(f) - directory) + sum(len(r[1]) for r in records[:-1])
    crc, size = struct.pack('<I', zlib.crc32(p7x)), struct.pack('<I', len(p7x))
    new[last[6] + 14:last[6] + 26] = crc + size * 2
    rest[at + 16:at + 20] = crc
    field = at + 46 + len(last[0]) + 4
    rest[field:field + 16] = struct.pack('<QQ', len(p7x), len(p7x))
    end -= directory
    for where in (end - 12, end - 28):      # of the record, of the directory
        rest[where:where + 8] = struct.pack('<Q', struct.unpack('<Q', rest[where:where + 8])[0] + n)
    open(out, 'wb').write(new + rest)


def options(words):
    o = dict(OPTIONS)
    for w in words:
        key, value = w.split('=', 1)
        assert key in o, key
        o[key] = value
    return o


if __name__ == '__main__':
    verb, words = sys.argv[1], sys.argv[2:]
    if verb == 'make':
        make(words[0], options(words[1:]))
    elif verb == 'bundle':
        at = words.index('--')
        bundle(words[0], options(words[1:at]), words[at + 1:])
    elif verb == 'take':
        take(*words)
    elif verb == 'agree':
        agree(*words)
    elif verb == 'shape':
        shape(*words)
    elif verb == 'graft':
        graft(*words)
    elif verb == 'harm':
        harm(*words)
