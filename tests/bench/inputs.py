"""inputs - makes what is measured, once, in a folder that is kept:
inputs.py DLL FOLDER writes many.zip (1,000 DLLs) and large.zip (1 GB entry)."""
import os
import random
import sys
import zipfile

COUNT = 1000
LARGE = 1 << 30
PIECE = 1 << 20
MARK = b"0123456789abcdef" * 2  # stands in the DLL where each one differs

dll, folder = sys.argv[1:]
contents = open(dll, "rb").read()
assert MARK in contents


def many(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for i in range(COUNT):
            z.writestr(f"bin/part{i:04}.dll", contents.replace(MARK, b"%032d" % i))


def large(path):
    source = random.Random(1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as z:
        z.writestr("setup.dll", contents)
        with z.open("data.bin", "w") as entry:
            for _ in range(LARGE // PIECE):
                entry.write(source.randbytes(PIECE))


for name, make in (("many.zip", many), ("large.zip", large)):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        make(path + ".part")
        os.rename(path + ".part", path)
