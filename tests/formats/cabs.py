"""Cabinets for 35-cab.sh, and what it must know of signed ones.

cabs.py make DIR       writes what the container's tests have no need of
cabs.py digest FILE    the SHA-256 that a signature of this signed file is over
cabs.py cut FILE OUT   the signature of a file
cabs.py room FILE      how large the reserve in the header is
"""
import hashlib
import os
import struct
import sys

NAME = b'a.txt\0'
TEXT = b'text of a cabinet\r\n'


def cabinet(head=None, each=b'', behind=b'', folders=1, csum=0, number=0,
            flags=0):
    """head: the reserve of the header, None: it has no place for one."""
    reserve = b''
    if head is not None:
        flags |= 4
        reserve = struct.pack('<HBB', len(head), len(each), len(behind)) + head
    files_at = 36 + len(reserve) + folders * (8 + len(each))
    files = struct.pack('<IIHHHH', len(TEXT), 0, 0, 0x58a6, 0, 32) + NAME
    data = struct.pack('<IHH', 0, len(TEXT), len(TEXT)) + behind + TEXT
    if folders == 0:
        files = data = b''
    at = files_at + len(files)
    table = (struct.pack('<IHH', at, 1, 0) + each) * folders
    return b'MSCF' + struct.pack(
        '<IIIIIHHHHHH', csum, at + len(data), 0, files_at, 0, 0x103, folders,
        folders, flags, 77, number) + reserve + table + files + data


def signature(data):
    """Offset and size, and where the header ends."""
    length, = struct.unpack('<H', data[36:38])
    return struct.unpack('<II', data[44:52]) + (40 + length,)


def digest(data):
    """The header but for reserved field and reserve, all the rest."""
    at, _, end = signature(data)
    return hashlib.sha256(data[:4] + data[8:36] + b'\0\0' +
                          data[end:at]).hexdigest()


def make(folder):
    cases = {
        'tiny': cabinet(), 'nothing': cabinet(folders=0),
        'number': cabinet(number=3),
        'free-4': cabinet(head=b'\0' * 4), 'free-0': cabinet(head=b''),
        'free-20': cabinet(head=b'\0' * 20),
        'free-6144': cabinet(head=b'\0' * 6144),
        'place': cabinet(head=b'\0\0\x10\0' + b'\0' * 16),
        'folders': cabinet(head=b'', each=b'each', behind=b'be'),
        'used-8': cabinet(head=b'reserved'),
        'used-20': cabinet(head=b'\0' * 19 + b'x'),
        'used-30': cabinet(head=b'\0\0\x10\0' + b'\0' * 25 + b'x'),
        'structure': cabinet(head=b'\4\0\x10\0' + b'abcd' + b'\0' * 16),
        'sum': cabinet(csum=1), 'previous': cabinet(flags=1),
        'next': cabinet(flags=2), 'flag': cabinet(flags=8),
        'no-blocks': cabinet(head=b'', behind=b'x', folders=0),
    }
    for name, data in cases.items():
        with open(os.path.join(folder, name + '.cab'), 'wb') as file:
            file.write(data)


def main(verb, path, *rest):
    if verb == 'make':
        return make(path)
    with open(path, 'rb') as file:
        data = file.read()
    at, size, end = signature(data)
    if verb == 'digest':
        print(digest(data))
    elif verb == 'room':
        print(end - 40)
    else:
        with open(rest[0], 'wb') as file:
            file.write(data[at:at + size])


main(*sys.argv[1:])
