#!/usr/bin/env python3
"""Reads signed scripts for itself: with regular expressions, not as we do.

    scripts.py take FILE DER CONTENT  writes the PKCS#7 message in FILE and the
                                      bytes that its messageDigest is over;
                                      says the SHA-256 of the text and the GUID
                                      of the kind of file, in hex
    scripts.py make NAME ENCODING EOL a script, to standard output
    scripts.py beside FILE ROOT       from standard input `unseen: A to B`:
                                      those bytes that are neither of the
                                      certificate ROOT nor the type of an
                                      unsigned attribute
"""
import base64
import hashlib
import re
import struct
import sys

sys.dont_write_bytecode = True
import spc

STAMP = bytes.fromhex('060a2b060104018237030301')
MARKS = {
    'ps1': ('# SIG # ', '# ', ''), 'psm1': ('# SIG # ', '# ', ''),
    'psd1': ('# SIG # ', '# ', ''),
    'ps1xml': ('<!-- SIG # ', '<!-- ', ' -->'),
    'psc1': ('<!-- SIG # ', '<!-- ', ' -->'),
    'cdxml': ('<!-- SIG # ', '<!-- ', ' -->'),
    'mof': ('/* SIG # ', '/* ', ' */'),
    'js': ('// SIG // ', '// SIG // ', ''),
    'vbs': ("'' SIG '' ", "'' SIG '' ", ''),
}
TEXT = {
    'hash': ['# caf{e}', 'Write-Host "1{euro}"', ''],
    'xml': ['<?xml version="1.0"?>', '<Types note="caf{e} {euro}">', '</Types>'],
    'mof': ['// caf{e} {euro}', 'class Acme { string Name; };'],
    'js': ['// caf{e}', 'WScript.Echo("1{euro}");', ''],
    'vbs': ["' caf{e} {euro}", 'WScript.Echo 1'],
    'wsf': ['<package>', ' <job id="one"></job>', ' <job id="two">',
            '  <script language="JScript">// caf{e} {euro}</script>',
            ' </job>', '</package>', ''],
}
CODECS = {'ascii': ('ascii', b''), 'utf8': ('utf-8', b''),
          'utf8-bom': ('utf-8', b'\xef\xbb\xbf'),
          'utf16': ('utf-16-le', b'\xff\xfe')}


def ending(name):
    return name.rsplit('.', 1)[1].lower()


def wsh(name):
    return ending(name) in ('js', 'vbs', 'wsf')


def latin(raw):
    return ''.join(bytes([b]).decode('cp1252', 'ignore') or chr(b)
                   for b in raw)


def decode(name, raw):
    """Text without its mark, the mark."""
    if raw.startswith(b'\xff\xfe'):
        return raw[2:].decode('utf-16-le'), '\ufeff'
    if raw.startswith(b'\xef\xbb\xbf'):
        return raw[3:].decode('utf-8'), '\ufeff'
    if ending(name) in ('js', 'vbs', 'ps1xml'):
        return latin(raw), ''
    return raw.decode('utf-8'), ''


def block(name):
    kind = ending(name)
    if kind == 'wsf':
        return (r'\r\n<signature>\r\n((?:\*\* SIG \*\* [\w+/=]+\r\n)+)'
                r'</signature>\r\n(?=</job>)', '** SIG ** ', '')
    sig, before, after = MARKS[kind]
    line = re.escape(before) + r'[\w+/=]+' + re.escape(after) + r'\r\n'
    begin, end = (re.escape(f'{sig}{word} signature block{after}')
                  for word in ('Begin', 'End'))
    return rf'\r\n{begin}\r\n((?:{line})+){end}\r\n\Z', before, after


def digest(name, raw):
    text, mark = decode(name, raw)
    pattern = block(name)[0]
    found = re.search(pattern, text)
    bare = re.sub(pattern, '', text)
    if not wsh(name):
        return hashlib.sha256((mark + bare).encode('utf-16-le')).hexdigest()
    at = found.start() if found else (
        bare.rindex('</job>') if ending(name) == 'wsf' else len(bare))
    units = len(text[:at].encode('utf-16-le')) // 2
    return hashlib.sha256(bare.encode('utf-16-le') +
                          struct.pack('<I', units)).hexdigest()


def message(name, raw):
    text, _ = decode(name, raw)
    pattern, before, after = block(name)
    lines = re.search(pattern, text)[1].splitlines()
    assert all(len(x) == len(before) + 64 + len(after) for x in lines[:-1])
    return base64.b64decode(''.join(
        x[len(before):len(x) - len(after)] for x in lines), validate=True)


def make(name, encoding, eol):
    kind = ending(name)
    kind = kind if kind in TEXT else {'#': 'hash', '<': 'xml'}[
        MARKS[kind][0][0]]
    text = '\n'.join(TEXT[kind])
    plain = encoding == 'ascii'
    text = text.replace('{e}', 'e' if plain else '\u00e9')
    text = text.replace('{euro}', '' if plain else '\u20ac\U0001f642')
    codec, mark = CODECS[encoding]
    text = text.replace('\n', {'lf': '\n', 'crlf': '\r\n'}[eol])
    return mark + text.encode(codec)


def covered(name, raw, root):
    """Offsets in the file whose bits may hold what no signature is over."""
    der = message(name, raw)
    free, at = set(), der.find(root)
    while at >= 0:
        free.update(range(at, at + len(root)))
        at = der.find(root, at + 1)
    at = der.rindex(STAMP)
    free.update(range(at, at + len(STAMP)))
    text = raw.decode('ascii')
    start = text.index(re.search(block(name)[0], text)[1])
    before, after = block(name)[1:]
    out, chars = set(), 0
    for line in text[start:].splitlines(keepends=True):
        body = line.rstrip('\r\n')
        if 'signature' in body:
            break
        for i in range(len(before), len(body) - len(after)):
            if {chars * 6 // 8, (chars * 6 + 5) // 8} & free:
                out.add(start + i)
            chars += 1
        start += len(line)
    return out


def beside(name, raw, root):
    free = covered(name, raw, root)
    for line in sys.stdin:
        a, b = re.fullmatch(r'unseen: (\d+) to (\d+)\n', line).groups()
        for i in range(int(a), int(b) + 1):
            if i not in free:
                print(i)


def main(verb, name, *rest):
    if verb == 'make':
        sys.stdout.buffer.write(make(name, *rest))
        return
    with open(name, 'rb') as f:
        raw = f.read()
    if verb == 'take':
        der = message(name, raw)
        guid = spc.take(der, *rest)
        print(digest(name, raw), guid)
    else:
        with open(rest[0], 'rb') as f:
            beside(name, raw, f.read())


main(*sys.argv[1:])
