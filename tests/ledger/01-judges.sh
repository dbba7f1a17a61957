#!/usr/bin/env bash
# A ledger that we wrote, judged by git, ssh-keygen, openssl and a script
# written from docs/format-ledger.md; then changed ones, which they refuse.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "FAIL: $*" >&2; exit 1; }

check() { python3 "$here/check_ledger.py" "$@" 2>"$work/why"; }

# judge COMMIT-KEY LOG-KEY
judge() {
	local d=$work/$1 head
	mkdir "$d"
	ours=$("$BUILD/tests/write-ledger" "$d" "$1" "$2")
	head=$(git -C "$d/ledger.git" rev-parse refs/heads/tagseal/ledger)
	theirs=$(check "$d/ledger.git" "$head" "$(cat "$d/vkey")" \
	    "$d/checkpoint" "$d/receipt") || fail "$(cat "$work/why")"
	[ "$ours" = "$theirs" ] || fail "ours $ours, theirs $theirs"

	git -C "$d/ledger.git" fsck --strict --no-dangling >"$work/out" 2>&1 ||
	    fail "git fsck: $(cat "$work/out")"
	for commit in $(git -C "$d/ledger.git" rev-list "$head"); do
		git -C "$d/ledger.git" -c gpg.format=ssh \
		    -c gpg.ssh.allowedSignersFile="$d/allowed_signers" \
		    verify-commit "$commit" 2>"$work/out" ||
		    fail "git verify-commit $commit: $(cat "$work/out")"
		grep -q 'Good "git" signature for engine' "$work/out" ||
		    fail "git does not name the engine"
	done
	# What README.md tells a reader to do works as it stands there.
	git -C "$d/ledger.git" show "$head:format" >"$d/format"
	git -C "$d/ledger.git" grep -ho '"commit_key":"[^"]*' "$head" -- events |
	    sed 's/.*"/engine namespaces="git" /' >"$d/signers"
	cmp "$d/signers" "$d/allowed_signers" || fail "signers differ"
	git -C "$d/ledger.git" symbolic-ref HEAD refs/heads/tagseal/ledger
	git -C "$d/ledger.git" show HEAD:README.md | sed -n 's/^    //p' \
	    >"$d/readme"
	(cd "$d/ledger.git" && sh -e "$d/readme") >"$work/out" 2>&1 ||
	    fail "the script of README.md: $(tail -3 "$work/out")"
	grep -q '^Signature Verified Successfully$' "$work/out" &&
	    grep -q 'events is the one that was signed$' "$work/out" ||
	    fail "the script of README.md proves nothing"
	git -C "$d/ledger.git" -c gpg.ssh.allowedSignersFile="$d/signers" \
	    log --show-signature --format=%s "$head" >"$d/log" 2>&1
	grep -qx 'sr-[0-9a-f]\{12\} authorised: acme-app v[0-9.]* release-signing (2/2 approvals)' "$d/log" ||
	    fail "subjects do not tell the story"
}

judge ed25519 ed25519
# The recipe of docs/format-ledger.md, as it stands there, but for the clone.
sed -n '/^```sh$/,/^```$/p' "$SOURCE/docs/format-ledger.md" |
    sed '/^```/d; /^git clone/d' >"$work/recipe"
(cd "$work/ed25519/ledger.git" && bash -e "$work/recipe") >"$work/out" 2>&1 ||
    fail "the recipe of the docs: $(tail -3 "$work/out")"
grep -q '^Signature Verified Successfully$' "$work/out" ||
    fail "the recipe of the docs verifies no checkpoint"

judge p256 p256
judge rsa3072 ed25519

d=$work/ed25519
repo=$d/ledger.git
vkey=$(cat "$d/vkey")
head=$(git -C "$repo" rev-parse refs/heads/tagseal/ledger)
export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@x GIT_COMMITTER_NAME=x \
    GIT_COMMITTER_EMAIL=x@x GIT_INDEX_FILE=$work/index

# A history with one file of one commit changed; what follows is rebuilt.
# rewrite NUMBER COMMAND...: the command edits the index of commit NUMBER.
rewrite() {
	local at=$1 n=0 parent= tree
	shift
	for commit in $(git -C "$repo" rev-list --reverse "$head"); do
		git -C "$repo" read-tree "$commit"
		if [ "$n" -ge "$at" ]; then "$@"; fi
		tree=$(git -C "$repo" write-tree)
		parent=$(git -C "$repo" cat-file commit "$commit" |
		    sed -n '/^gpgsig /,/^ -----END/d; /^parent /d; /^tree /!p' |
		    { echo "tree $tree"; echo "${parent:+parent $parent}" |
		    sed '/^$/d'; said; } |
		    git -C "$repo" hash-object -t commit -w --stdin)
		n=$((n + 1))
	done
	echo "$parent"
}
put() { # PATH, contents on standard input
	git -C "$repo" update-index --add --cacheinfo \
	    "100644,$(git -C "$repo" hash-object -w --stdin),$1"
}
flip() {
	git -C "$repo" show "$head:events/00/00/02" |
	    sed 's/refs.tags/refs-tags/' | put events/00/00/02
}
drop() {
	printf '0 %040d\tevents/00/00/02\n' 0 |
	    git -C "$repo" update-index --index-info
}
swap() {
	git -C "$repo" show "$head:events/00/00/03" | put events/00/00/02
	git -C "$repo" show "$head:events/00/00/02" | put events/00/00/03
}
other_blob() {
	local path
	path=$(git -C "$repo" ls-files 'blobs/*' | head -1)
	[ -z "$path" ] || echo other | put "$path"
}
stale() { git -C "$repo" show "$head~2:checkpoint" | put checkpoint; }
same() { :; }
said() { cat; }

good=$(rewrite 0 same)
check "$repo" "$good" "$vkey" >"$work/out" || fail "the rewriting itself"
for how in flip drop swap other_blob stale; do
	bad=$(rewrite 2 "$how")
	! check "$repo" "$bad" "$vkey" >"$work/out" || fail "$how passed"
	! git -C "$repo" -c gpg.ssh.allowedSignersFile="$d/allowed_signers" \
	    verify-commit "$bad" 2>"$work/out" || fail "$how is signed"
done
said() { sed 's/ waiting: / authorised: /'; }
bad=$(rewrite 0 same)
! check "$repo" "$bad" "$vkey" >"$work/out" || fail "a lie passed"
said() { sed 's/^\(author\|committer\) .*/\1 A person <a@b.example> 1 +0000/'; }
bad=$(rewrite 0 same)
! check "$repo" "$bad" "$vkey" >"$work/out" || fail "another author passed"
# The script of README.md finds an event that is not the signed one.
said() { cat; }
git -C "$repo" update-ref refs/heads/flipped "$(rewrite 2 flip)"
git -C "$repo" symbolic-ref HEAD refs/heads/flipped
! (cd "$repo" && sh -e "$d/readme") >"$work/out" 2>&1 || fail "README: flip"
grep -q '^Signature Verified Successfully$' "$work/out" ||
    fail "README: it stopped too early: $(tail -3 "$work/out")"
git -C "$repo" symbolic-ref HEAD refs/heads/tagseal/ledger
! check "$repo" "$head~1" "$vkey" "$d/checkpoint" >"$work/out" ||
    fail "a shorter ledger passed"
! check "$repo" "$head" "$(cat "$work/p256/vkey")" >"$work/out" ||
    fail "another log's key passed"
echo "ledger: git, ssh-keygen, openssl and the script agree"
