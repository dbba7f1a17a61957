"""history - makes signed histories as packs, without a git for each commit.

history.py config SAMPLE FOLDER --kind ssh|openpgp --commits N
    a config repo whose owners change a description in each commit; branch
    "main", tag "root" on the first commit and "before" on the last but one;
    beside it what git needs to check it: allowed_signers, or a folder gnupg
history.py projects SAMPLE FOLDER --projects N
    the same organisation with so many projects, in one commit
history.py tags WORLD FOLDER --project SLUG --tags N --refs N
    a repository with so many tags that alice of WORLD signed as releases,
    and other refs up to so many

Deltas, indexes and commit graphs are git's: it repacks what was made.
"""
import argparse
import base64
import hashlib
import os
import pathlib
import shutil
import struct
import subprocess
import zlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

EPOCH = 1_700_000_000
KINDS = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}


def text(data):
    """A string of the SSH protocol."""
    return struct.pack(">I", len(data)) + data


class Ssh:
    def __init__(self, name, key=None):
        self.name = name
        self.key = key or Ed25519PrivateKey.generate()
        raw = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.blob = text(b"ssh-ed25519") + text(raw)
        self.line = "ssh-ed25519 " + base64.b64encode(self.blob).decode()

    def sign(self, payload):
        """PROTOCOL.sshsig of OpenSSH: what is signed, then the armor."""
        head = text(b"git") + text(b"") + text(b"sha512")
        value = self.key.sign(b"SSHSIG" + head + text(hashlib.sha512(payload).digest()))
        body = b"SSHSIG" + struct.pack(">I", 1) + text(self.blob) + head + text(text(b"ssh-ed25519") + text(value))
        coded = base64.b64encode(body).decode()
        lines = [coded[i:i + 70] for i in range(0, len(coded), 70)]
        return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----"]) + "\n"


class OpenPgp:
    def __init__(self, name, home):
        self.name = name
        self.address = f"{name}@acme.example"
        self.gpg = ["gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
        subprocess.run([*self.gpg, "--quick-gen-key", self.address, "ed25519", "sign", "never"], check=True,
                       stderr=subprocess.DEVNULL)
        self.public = subprocess.run([*self.gpg, "--armor", "--export", self.address], check=True,
                                     stdout=subprocess.PIPE).stdout

    def sign(self, payload):
        return subprocess.run([*self.gpg, "--local-user", self.address, "--armor", "--detach-sign"], check=True,
                              input=payload, stdout=subprocess.PIPE).stdout.decode()


class Pack:
    """Objects on their way into a repository."""

    def __init__(self, folder):
        self.folder = folder
        self.known = set()
        self.packed = []
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", folder], check=True)

    def add(self, kind, data):
        """Gives the object id."""
        name = hashlib.sha1(f"{kind} {len(data)}\0".encode() + data).digest()
        if name in self.known:
            return name
        self.known.add(name)
        size, head = len(data) >> 4, [KINDS[kind] << 4 | len(data) & 15]
        while size:
            head[-1] |= 128
            head.append(size & 127)
            size >>= 7
        self.packed.append(bytes(head) + zlib.compress(data, 1))
        return name

    def tree(self, files):
        """Of a map: a name to bytes, or to a map, or to (mode, id)."""
        entries = []
        for name, value in files.items():
            if isinstance(value, dict):
                value = ("40000", self.tree(value))
            elif isinstance(value, bytes):
                value = ("100644", self.add("blob", value))
            entries.append((name + ("/" if value[0] == "40000" else ""), name, value))
        return self.add("tree", b"".join(f"{mode} {name}\0".encode() + oid
                                         for _, name, (mode, oid) in sorted(entries, key=lambda e: e[0].encode())))

    def commit(self, tree, parents, who, subject, when):
        person = f"{who.name} <{who.name}@acme.example> {when} +0000"
        head = f"tree {tree.hex()}\n" + "".join(f"parent {p.hex()}\n" for p in parents) + \
            f"author {person}\ncommitter {person}\n"
        armor = who.sign(f"{head}\n{subject}\n".encode()).rstrip("\n").replace("\n", "\n ")
        return self.add("commit", f"{head}gpgsig {armor}\n\n{subject}\n".encode())

    def tag(self, commit, name, who, message, when):
        person = f"{who.name} <{who.name}@acme.example> {when} +0000"
        payload = f"object {commit.hex()}\ntype commit\ntag {name}\ntagger {person}\n\n{message}"
        return self.add("tag", (payload + who.sign(payload.encode())).encode())

    def write(self, refs):
        data = b"PACK" + struct.pack(">II", 2, len(self.packed)) + b"".join(self.packed)
        git = ["git", "-C", self.folder]
        subprocess.run([*git, "index-pack", "--stdin"], check=True, input=data + hashlib.sha1(data).digest(),
                       stdout=subprocess.DEVNULL)
        lines = "".join(f"create {name} {oid.hex()}\n" for name, oid in refs.items())
        subprocess.run([*git, "update-ref", "--stdin"], check=True, input=lines.encode())
        subprocess.run([*git, "gc", "--quiet"], check=True)


def folder_read(folder):
    return {p.name: folder_read(p) if p.is_dir() else p.read_bytes() for p in sorted(pathlib.Path(folder).iterdir())}


def keys_put(files, people):
    """The keys of people/ become those that we have."""
    for who in people:
        name = f"{who.name}.yaml"
        lines = files["people"][name].decode().splitlines()
        if isinstance(who, OpenPgp):
            files["people"][f"{who.name}.asc"] = who.public
            value = f"  - openpgp: {who.name}.asc"
        else:
            value = f'  - ssh: "{who.line}"'
        files["people"][name] = ("\n".join(value if "- ssh:" in row else row for row in lines) + "\n").encode()


def config(options):
    files = folder_read(options.sample)
    names = [n.removesuffix(".yaml") for n in files["people"]]
    if options.kind == "ssh":
        people = [Ssh(n) for n in names]
        pathlib.Path(options.folder + ".signers").write_text(
            "".join(f"{p.name}@acme.example {p.line}\n" for p in people))
    else:
        home = options.folder + ".gnupg"
        os.makedirs(home, 0o700)
        people = [OpenPgp(n, home) for n in names]
    keys_put(files, people)
    by_name = {p.name: p for p in people}
    pack = Pack(options.folder)
    project = files["projects"]["acme-app"]["project.yaml"].decode().splitlines()
    at = next(i for i, row in enumerate(project) if row.startswith("description:"))
    last = pack.commit(pack.tree(files), [], by_name["carol"], "Acme", EPOCH)
    refs = {"refs/tags/root": last}
    for i in range(options.commits + 1):
        if i == options.commits:
            refs["refs/tags/before"] = last
        project[at] = f"description: The desktop application, take {i}"
        files["projects"]["acme-app"]["project.yaml"] = ("\n".join(project) + "\n").encode()
        last = pack.commit(pack.tree(files), [last], by_name[("alice", "bob")[i % 2]], f"Describe it, take {i}",
                           EPOCH + i)
    pack.write({**refs, "refs/heads/main": last})


def projects(options):
    files = folder_read(options.sample)
    one = files["projects"]["acme-app"]
    for i in range(options.projects - len(files["projects"])):
        files["projects"][f"app-{i:04}"] = one | {
            "project.yaml": one["project.yaml"].replace(b"acme-app", f"app-{i:04}".encode())}
    pack = Pack(options.folder)
    pack.write({"refs/heads/main": pack.commit(pack.tree(files), [], Ssh("carol"), "Acme", EPOCH)})


def manifest(slug, number, artifact):
    path, data = artifact
    return "\n".join([
        f"Release {number}", "", "---", "tagseal: 1", f"project: {slug}", "policy: release-signing", "artifacts:",
        f"  - name: {path}", f"    path: {path}", f"    size: {len(data)}", "    configuration: default",
        f'    sha256: "{hashlib.sha256(data).hexdigest()}"', f'parameters: {{version: "{number}"}}', ""])


def tags(options):
    key = load_ssh_private_key(pathlib.Path(options.sample, "keys/alice").read_bytes(), None)
    alice = Ssh("alice", key)
    pack = Pack(options.folder)
    artifact = ("app.zip", b"PK\5\6" + bytes(18))
    last, refs = None, {}
    for i in range(options.tags):
        tree = pack.tree({"README": f"take {i}\n".encode(), artifact[0]: artifact[1]})
        last = pack.commit(tree, [last] if last else [], alice, f"Take {i}", EPOCH + i)
        name = f"v1.0.{i}"
        refs[f"refs/tags/{name}"] = pack.tag(last, name, alice, manifest(options.project, name[1:], artifact),
                                             EPOCH + i)
    for i in range(options.refs - options.tags - 1):
        refs[f"refs/heads/topic/{i:06}"] = last
    pack.write({**refs, "refs/heads/main": last})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("config", "projects", "tags"))
    parser.add_argument("sample")
    parser.add_argument("folder")
    parser.add_argument("--kind", default="ssh", choices=("ssh", "openpgp"))
    parser.add_argument("--project")
    for name in ("commits", "projects", "tags", "refs"):
        parser.add_argument(f"--{name}", type=int, default=1)
    options = parser.parse_args()
    done, options.folder = options.folder, options.folder + ".part"
    shutil.rmtree(options.folder, ignore_errors=True)
    {"config": config, "projects": projects, "tags": tags}[options.what](options)
    os.rename(options.folder, done)
    for beside in (".signers", ".gnupg"):
        if os.path.exists(options.folder + beside):
            os.rename(options.folder + beside, done + beside)


main()
