"""A ZIP archive whose one entry is the archive itself, byte for byte.

Deflate is a language with two commands: print these bytes, and print again
what was printed n bytes ago (RFC 1951). With both as units of 5 bytes a
program can print itself, with any head before it and any tail behind it:

    L(n) X  a stored block: prints the n bytes X. L(n) alone is 5 bytes.
    R(n)    a block of fixed codes: prints the last n bytes once more.

The head is the local header; the tail is R(t), an empty last block, and the
directory. The tail stands there twice: L(t) prints the first one, and the
second one is run, so that its R(t) prints it again. Between the two the
commands print each other, always a step behind. The archive's checksum is in
it, several times; as CRC-32 is linear, 32 equations give it.
"""
import struct
import zlib

UNIT = 5


class Bits:
    """A stream of bits, the lowest of each byte first."""

    def __init__(self):
        self.value, self.count = 0, 0

    def put(self, value, bits):
        self.value |= value << self.count
        self.count += bits

    def code(self, value, bits):
        """Huffman codes go in from their highest bit."""
        for i in reversed(range(bits)):
            self.put(value >> i & 1, 1)


def length_code(n):
    """Symbol, extra bits and their value of a length, RFC 1951 3.2.5."""
    if n == 258:
        return 285, 0, 0
    base, symbol = 3, 257
    for extra in (0, 0, 1, 2, 3, 4, 5):
        for _ in range(4):
            if base <= n < base + (1 << extra):
                return symbol, extra, n - base
            base += 1 << extra
            symbol += 1
    raise ValueError(n)


def distance_code(n):
    base, symbol = 1, 0
    for extra in (0, 0, 1, 2, 3, 4, 5, 6, 7, 8):
        for _ in range(2):
            if base <= n < base + (1 << extra):
                return symbol, extra, n - base
            base += 1 << extra
            symbol += 1
    raise ValueError(n)


def copies(pieces, distance):
    bits = Bits()
    bits.put(0, 1)
    bits.put(1, 2)
    for n in pieces:
        symbol, extra, value = length_code(n)
        if symbol < 280:
            bits.code(symbol - 256, 7)
        else:
            bits.code(symbol - 280 + 0xc0, 8)
        bits.put(value, extra)
        symbol, extra, value = distance_code(distance)
        bits.code(symbol, 5)
        bits.put(value, extra)
    return bits


def unit(bits):
    """Do they fill 5 bytes, if L follows? The end of the block is 7 zeros, the
    head of a stored one 3, and the first byte of L holds what is over."""
    return 5 * 8 - 7 - 3 < bits.count <= 6 * 8 - 7 - 3


def whole(bits):
    """Do they end with a byte, the end of the block included?"""
    return (bits.count + 7) % 8 == 0


def repeat(n, fits):
    """R(n): how n is cut into pieces gives the number of bits."""
    def cuts(left, most):
        if left == 0:
            yield []
        for first in range(min(left, 258), 2, -1):
            if most > 0 and (left - first == 0 or left - first > 2):
                for rest in cuts(left - first, most - 1):
                    yield [first] + rest

    for pieces in cuts(n, 4):
        bits = copies(pieces, n)
        if fits(bits):
            size = UNIT if fits is unit else (bits.count + 7) // 8
            return bits.value.to_bytes(size, 'little')
    raise ValueError(f'no R({n})')


def literal(n):
    return struct.pack('<BHH', 0, n, n ^ 0xffff)


def program(head, tail):
    """The archive, whose entry's data begins behind head."""
    lead = literal(len(head) + 2 * UNIT)
    again = repeat(len(lead) + len(head) + UNIT, unit)
    twenty, five, none = literal(20), literal(5), literal(0)
    back = repeat(20, unit)
    print_tail = literal(len(tail))
    return b''.join((
        head,
        literal(len(head)), head,
        lead, literal(len(head)), head, lead,
        again,
        five, again,
        five, five,
        twenty, again, five, five, twenty,
        back,
        twenty, back, twenty, back, twenty,
        back,
        twenty, back, none, none, print_tail,
        back,
        none, none, print_tail, tail,
        tail))


def assemble(name, crc, packed, size, tail_start):
    fields = struct.pack('<HHHHHIIIHH', 20, 0, 8, 0, 0x21, crc, packed, size,
                         len(name), 0)
    head = b'PK\3\4' + fields + name
    directory = b'PK\1\2' + struct.pack('<H', 20) + fields + struct.pack(
        '<HHHII', 0, 0, 0, 0, 0) + name
    end = b'PK\5\6' + struct.pack('<HHHHIIH', 0, 0, 1, 1, len(directory),
                                  tail_start, 0)
    last = b'\3\0' + directory + end
    for length in range(len(last) + 3, len(last) + 12):
        try:
            run = repeat(length, whole)
        except ValueError:
            continue
        if len(run) + len(last) == length:
            return program(head, run + last), len(directory) + len(end)
    raise ValueError('no tail')


def solve(evaluate):
    """x with evaluate(x) == x, where evaluate is affine over 32 bits."""
    zero = evaluate(0)
    rows = []
    columns = [evaluate(1 << i) ^ zero ^ (1 << i) for i in range(32)]
    for bit in range(32):
        row = sum((columns[i] >> bit & 1) << i for i in range(32))
        rows.append(row | (zero >> bit & 1) << 32)
    pivots = []
    for i in range(32):
        at = next((r for r in range(len(pivots), 32) if rows[r] >> i & 1),
                  None)
        if at is None:
            continue
        rows[len(pivots)], rows[at] = rows[at], rows[len(pivots)]
        for r in range(32):
            if r != len(pivots) and rows[r] >> i & 1:
                rows[r] ^= rows[len(pivots)]
        pivots.append(i)
    if any(rows[r] >> 32 for r in range(len(pivots), 32)):
        return None
    return sum((rows[r] >> 32 & 1) << i for r, i in enumerate(pivots))


def quine():
    for name in (b'self.zip', b'quine.zip', b'r/r.zip', b'itself.zip',
                 b'again.zip', b'myself.zip', b'inside/me.zip'):
        try:
            data, behind = assemble(name, 0, 0, 0, 0)
        except ValueError:
            continue
        packed = len(data) - behind - 30 - len(name)
        start = len(data) - behind

        def made(crc, name=name, packed=packed, start=start,
                 size=len(data)):
            return assemble(name, crc, packed, size, start)[0]
        crc = solve(lambda x: zlib.crc32(made(x)))
        if crc is not None:
            return made(crc)
    raise ValueError('no name fits')
