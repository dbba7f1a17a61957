#!/usr/bin/env bash
# trust.sh FOLDER: makes signed histories there, once, and prints what is
# measured with them, as rows for measure.py. tests/bench/history.py makes
# them.
set -euo pipefail
SOURCE=$(cd "$(dirname "$0")/../.." && pwd)
cache=$1
sample=$SOURCE/sample-config-repo/config

make_history() {
	local what=$1 name=$2; shift 2
	[[ -e $cache/$name ]] || python3 "$SOURCE/tests/bench/history.py" "$what" "$sample" "$cache/$name" "$@" > "$cache/history.log" 2>&1 ||
	    { cat "$cache/history.log" >&2; exit 1; }
}
make_history config ssh.git --kind ssh --commits 10000
make_history config openpgp.git --kind openpgp --commits 1000
make_history projects projects.git --projects 1000

# git takes 10 s for 1,000 of these commits, so it gets no more of them.
jq -n --arg cache "$cache" --arg tool "'${TAGSEAL:-$SOURCE/build/release/tagseal}' check" '
	def ours($name; $range): "\($tool) --repo \($cache)/\($name) --range \($range)";
	def git($before; $name; $range): "\($before) git -C \($cache)/\($name).git -c gpg.ssh.allowedSignersFile=\($cache)/\($name).git.signers log --show-signature \($range)";
	def ssh($range): git(""; "ssh"; $range);
	def openpgp($range): git("GNUPGHOME=\($cache)/openpgp.git.gnupg"; "openpgp"; $range);
	[
	{name: "a config history of 10,000 commits signed by SSH keys", against: "git log --show-signature",
	    ours: ours("ssh.git"; "root..main"), theirs: ssh("-n 1000 main"), theirs_factor: 10},
	{name: "one commit more", against: "git log --show-signature",
	    ours: ours("ssh.git"; "before..main"), theirs: ssh("before..main")},
	{name: "a config history of 1,000 commits signed by OpenPGP keys", against: "git log --show-signature",
	    ours: ours("openpgp.git"; "root..main"), theirs: openpgp("root..main")},
	{name: "one commit more", against: "git log --show-signature",
	    ours: ours("openpgp.git"; "before..main"), theirs: openpgp("before..main")},
	{name: "a config repo of 1,000 projects, loaded and judged", against: "git cat-file of all its files",
	    ours: "\($tool) --repo \($cache)/projects.git",
	    theirs: "git -C \($cache)/projects.git ls-tree -r main | cut -d\" \" -f3 | cut -f1 | git -C \($cache)/projects.git cat-file --batch"}
	] | map(. + {id: "trust"})'
