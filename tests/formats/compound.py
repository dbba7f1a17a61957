"""compound: reads compound files on its own, to judge what we write.

    compound.py check FILE      the layout is whole: no gaps, no sector free or
                                in two places, trees red, black and in order
    compound.py list FILE       path, size and SHA-256 of each stream
    compound.py digest FILE KIND  digest of contents; with the stream of the
                                metadata before it if there is one
    compound.py at FILE NAME    offset and size of a stream that is one piece
    compound.py make OUT CLASS  a small file whose root has this class, in hex
    compound.py set FILE NAME AT HEX   changes bytes of a stream's entry
"""
import hashlib
import struct
import sys

END, FREE = 0xFFFFFFFE, 0xFFFFFFFF
SIGNATURES = ("\5DigitalSignature", "\5MsiDigitalSignatureEx")


class Compound:
    def __init__(self, data, strict=False):
        self.data, self.strict = data, strict
        head = struct.unpack_from("<8s16sHHHHHHLLLLLLLLLL", data)
        self.size = 1 << head[5]
        self.used = {}
        fat, difat = list(struct.unpack_from("<109L", data, 76)), head[16]
        while difat != END:
            self.take(difat, "difat")
            more = struct.unpack(f"<{self.size // 4}L", self.sector(difat))
            fat += more[:-1]
            difat = more[-1]
        self.fat_sectors = [x for x in fat if x != FREE]
        assert len(self.fat_sectors) == head[10], "number of FAT sectors"
        self.fat = []
        for x in self.fat_sectors:
            self.take(x, "fat")
            self.fat += struct.unpack(f"<{self.size // 4}L", self.sector(x))
        directory, self.directory_sectors = self.chain(head[11], "directory")
        self.entries = [self.entry(directory[i:i + 128])
                        for i in range(0, len(directory), 128)]
        self.at = {}
        mini_fat = self.chain(head[14], "mini fat")[0] if head[15] else b""
        self.mini_fat = struct.unpack(f"<{len(mini_fat) // 4}L", mini_fat)
        self.mini_used = set()
        root = self.entries[0]
        self.mini = self.chain(root["start"], "mini")[0] if root["size"] else b""
        assert len(self.mini) - root["size"] in range(self.size), "mini stream"

    def sector(self, n):
        return self.data[(n + 1) * self.size:(n + 2) * self.size]

    def take(self, n, what):
        assert n not in self.used, f"sector {n}: {self.used[n]} and {what}"
        self.used[n] = what

    def chain(self, n, what):
        out, count, first = [], 0, n
        while n != END:
            self.take(n, what)
            out.append(self.sector(n))
            n, count = self.fat[n], count + 1
        return b"".join(out), count

    def entry(self, b):
        name, size, kind, colour, left, right, child, clsid, state, made, \
            changed, start, length = struct.unpack("<64sHBBLLL16sLQQLQ", b)
        return dict(raw=name[:max(size - 2, 0)], name=name[:max(size - 2, 0)].decode("utf-16le"),
                    kind=kind, black=colour == 1, left=left, right=right, child=child,
                    clsid=clsid, state=state, times=b[100:116], start=start, size=length, all=b)

    def stream(self, e):
        if e["size"] == 0:
            return b""
        if e["size"] >= 4096:
            self.at[e["name"]] = (e["start"] + 1) * self.size
            out, count = self.chain(e["start"], e["name"])
            assert len(out) - e["size"] in range(self.size), "stream"
            assert not self.strict or not any(out[e["size"]:]), "slack"
            return out[:e["size"]]
        out, n = [], e["start"]
        while n != END:
            assert n not in self.mini_used, "mini sector twice"
            self.mini_used.add(n)
            out.append(self.mini[n * 64:n * 64 + 64])
            n = self.mini_fat[n]
        out = b"".join(out)
        assert len(out) - e["size"] in range(64), "mini stream"
        assert not self.strict or not any(out[e["size"]:]), "slack"
        return out[:e["size"]]

    def tree(self, n, red_above=True):
        """Children in order, and the number of black ones on each way."""
        if n == FREE:
            return [], 0
        e = self.entries[n]
        assert not self.strict or e["black"] or not red_above, "red below red"
        left, a = self.tree(e["left"], not e["black"])
        right, b = self.tree(e["right"], not e["black"])
        assert not self.strict or a == b, "not balanced"
        return left + [n] + right, a + e["black"]

    def children(self, n):
        out = self.tree(self.entries[n]["child"])[0]
        keys = [(len(self.entries[x]["raw"]), self.entries[x]["name"].upper()) for x in out]
        assert not self.strict or keys == sorted(keys), "order"
        return out

    def walk(self, n=0, path=""):
        for x in self.children(n):
            e = self.entries[x]
            if e["kind"] == 2:
                yield path + e["name"], e
            else:
                yield from self.walk(x, path + e["name"] + "/")

    def digest(self, n, h):
        kids = sorted(self.children(n), key=lambda x: self.entries[x]["raw"])
        for x in kids:
            e = self.entries[x]
            if n == 0 and e["name"] in SIGNATURES:
                continue
            if e["kind"] == 2:
                h.update(self.stream(e))
            else:
                self.digest(x, h)
        h.update(self.entries[n]["clsid"])

    def metadata(self, n, h):
        if n == 0:
            h.update(self.entries[0]["clsid"] + struct.pack("<L", self.entries[0]["state"]))
        for x in sorted(self.children(n), key=lambda x: self.entries[x]["raw"]):
            e = self.entries[x]
            if n == 0 and e["name"] in SIGNATURES:
                continue
            h.update(e["raw"])
            h.update(struct.pack("<L", e["size"]) if e["kind"] == 2 else e["clsid"])
            h.update(struct.pack("<L", e["state"]) + e["times"])
            if e["kind"] == 1:
                self.metadata(x, h)

    def find(self, name):
        return [e for e in self.entries if e["name"] == name]


def check(data):
    c = Compound(data, True)
    for _, e in c.walk():
        c.stream(e)
    total = len(data) // c.size - 1
    assert len(data) % c.size == 0, "length"
    assert sorted(c.used) == list(range(total)), "gaps"
    assert all(x == FREE for x in c.fat[total:]), "FAT past the end"
    assert len(c.fat) - total < c.size // 4 or total == 0, "FAT too long"
    assert sorted(c.mini_used) == list(range(len(c.mini_used))), "gaps of the mini stream"
    assert c.entries[0]["size"] == 64 * len(c.mini_used), "mini stream"
    assert all(x == FREE for x in c.mini_fat[len(c.mini_used):]), "mini FAT"
    assert not any(c.mini[64 * len(c.mini_used):]), "slack of the mini stream"
    assert c.entries[0]["times"][:8] == bytes(8), "creation of the root"
    sectors = struct.unpack_from("<L", data, 40)[0]
    assert sectors == (c.directory_sectors if c.size == 4096 else 0), "directory sectors"
    empty = bytes(68) + b"\xff" * 12 + bytes(48)
    assert all(e["all"] == empty for e in c.entries if e["kind"] == 0), "free entries"


def make(clsid):
    """A stream, and a storage with one; FAT, directory, mini FAT, mini stream."""
    def entry(name, kind, left, child, start, size, clsid=bytes(16), state=0, times=(0, 0)):
        raw = name.encode("utf-16le")
        return struct.pack("<64sHBBLLL16sLQQLQ", raw, len(raw) + 2, kind, 1, left, FREE,
                           child, clsid, state, *times, start, size)
    head = struct.pack("<8s16sHHHHHHLLLLLLLLLL", bytes.fromhex("d0cf11e0a1b11ae1"), bytes(16),
                       0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, 1, 1, 0, 4096, 2, 1, END, 0)
    head += struct.pack("<109L", 0, *[FREE] * 108)
    fat = struct.pack("<128L", 0xFFFFFFFD, END, END, END, *[FREE] * 124)
    directory = entry("Root Entry", 5, FREE, 1, 3, 128, clsid, 3, (0, 77)) + \
        entry("text", 2, 2, FREE, 0, 5) + \
        entry("in", 1, FREE, 3, 0, 0, bytes(range(16)), 5, (0x123456789, 0x987654321)) + \
        entry("text", 2, FREE, FREE, 1, 6)
    return head + fat + directory + struct.pack("<128L", END, END, *[FREE] * 126) + \
        b"hello".ljust(64, b"\0") + b"within".ljust(448, b"\0")


def main(verb, path, *args):
    if verb == "make":
        with open(path, "wb") as f:
            f.write(make(bytes.fromhex(args[0])))
        return
    with open(path, "rb") as f:
        data = f.read()
    if verb == "check":
        check(data)
    c = Compound(data)
    if verb == "list":
        for name, e in c.walk():
            print(repr(name), e["size"], hashlib.sha256(c.stream(e)).hexdigest())
    elif verb == "digest":
        h = hashlib.new(args[0])
        stored = c.find(SIGNATURES[1])
        if stored:
            inner = hashlib.new(args[0])
            c.metadata(0, inner)
            assert c.stream(stored[0]) == inner.digest(), "stored metadata"
            h.update(inner.digest())
        c.digest(0, h)
        print(h.hexdigest())
    elif verb == "at":
        list(map(c.stream, [e for _, e in c.walk()]))
        print(c.at[args[0]])
    elif verb == "set":
        e = c.find(args[0].encode().decode("unicode_escape"))[0]
        at = data.index(e["all"]) + int(args[1])
        new = bytes.fromhex(args[2])
        with open(path, "wb") as f:
            f.write(data[:at] + new + data[at + len(new):])


main(*sys.argv[1:])
