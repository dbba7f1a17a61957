"""manifest.py REPOSITORY COMMIT: a line "MODE SHA256 PATH" for each file of a
commit, in the order of their paths. One git reads all of them."""
import hashlib
import subprocess
import sys

repository, commit = sys.argv[1:]
git = ["git", "-C", repository]
listed = subprocess.run(git + ["ls-tree", "-rz", commit], check=True,
                        capture_output=True).stdout
entries = [entry.partition(b"\t") for entry in listed.split(b"\0")[:-1]]
ids = [head.split()[2] for head, _, _ in entries]
blobs = subprocess.run(git + ["cat-file", "--batch"], check=True,
                       capture_output=True, input=b"\n".join(ids)).stdout
lines, at = [], 0
for head, _, path in entries:
    end = blobs.index(b"\n", at)
    size = int(blobs[at:end].split()[2])
    digest = hashlib.sha256(blobs[end + 1:end + 1 + size]).hexdigest()
    lines.append((path, b"%s %s %s\n" % (head.split()[0], digest.encode(), path)))
    at = end + size + 2
sys.stdout.buffer.writelines(line for _, line in sorted(lines))
