"""inputs - makes what is measured, once, in a folder that is kept:
inputs.py DLL FOLDER writes many.zip (1,000 DLLs), large.zip (1 GB entry),
deep.zip (2,000 files of 50 KiB, each tenth a DLL) and huge.tar (2 GB and a DLL)."""
import io
import os
import random
import sys
import tarfile
import zipfile

COUNT = 1000
LARGE = 1 << 30
PIECE = 1 << 20
SMALL = 50 << 10
MARK = b"0123456789abcdef" * 2  # stands in the DLL where each one differs

dll, folder = sys.argv[1:]
contents = open(dll, "rb").read()
assert MARK in contents and len(contents) < SMALL


def numbered(i):
    return contents.replace(MARK, b"%032d" % i)


def many(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for i in range(COUNT):
            z.writestr(f"bin/part{i:04}.dll", numbered(i))


def large(path):
    source = random.Random(1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as z:
        z.writestr("setup.dll", contents)
        with z.open("data.bin", "w") as entry:
            for _ in range(LARGE // PIECE):
                entry.write(source.randbytes(PIECE))


def words(source, size):
    """Text that packs about as well as programs do."""
    return "".join(f"{source.randrange(10 ** 6)} " for _ in range(size // 6)).encode()[:size]


def deep(path):
    source = random.Random(2)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for i in range(2000):
            if i % 10 == 0:
                program = numbered(i)
                z.writestr(f"bin/part{i:04}.dll", program + words(source, SMALL - len(program)))
            else:
                z.writestr(f"data/file{i:04}.txt", words(source, SMALL))


class Noise(io.RawIOBase):
    """As many bytes as are asked for."""

    def __init__(self):
        super().__init__()
        self.source = random.Random(3)

    def read(self, size=-1):
        return self.source.randbytes(size)


def huge(path):
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as t:
        for name, size, source in (("data.bin", 2 * LARGE, Noise()), ("setup.dll", len(contents), io.BytesIO(contents))):
            member = tarfile.TarInfo(name)
            member.size = size
            t.addfile(member, source)


for name, make in (("many.zip", many), ("large.zip", large), ("deep.zip", deep), ("huge.tar", huge)):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        make(path + ".part")
        os.rename(path + ".part", path)
