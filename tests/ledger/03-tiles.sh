#!/usr/bin/env bash
# audit tiles - the static files of a ledger are what Go's checksum database
# (golang.org/x/mod/sumdb) and the stranger read; a folder that shows something
# else is left alone. Receipts and consistency proofs are judged by it too.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
head=refs/heads/tagseal/ledger

export GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$BUILD/go-cache GOFLAGS=-p=2
go build -o judge "$SOURCE/tests/ledger/judge_tlog.go"
stranger() { python3 "$SOURCE/tests/ledger/stranger.py" "$@"; }
both() { want "$1" ./judge "${@:2}"; want "$1" stranger "${@:2}"; }

mkdir made
count=$("$BUILD/tests/write-stories" made 60)
vkey=$(cat made/vkey)
ledger=(--repo made/ledger.git --log-key "$vkey")
tiles() { "$TAGSEAL" audit tiles "${@:2}" "$1" "${ledger[@]}"; }
want 0 test "$count" -gt 700

# ---- from its first events on, as it grows: 255, 256, 257 and all of them
git -C made/ledger.git rev-list --reverse $head > commits
# at SIZE: a branch whose newest checkpoint is the first one of that size or more.
at() {
	local commit
	for commit in $(tail -n +2 commits); do
		git -C made/ledger.git update-ref refs/heads/part "$commit"
		[[ $(git -C made/ledger.git show part:checkpoint | sed -n 2p) -lt $1 ]] || break
	done
	sizes=$(git -C made/ledger.git show part:checkpoint | sed -n 2p)
}
for size in 1 200 256 500 512 "$((count - 20))"; do
	at "$size"
	want 0 tiles grown --branch part
	says "$sizes events"
	both 0 tiles "$vkey" grown
	want 0 tiles fresh-$size --branch part
	both 0 tiles "$vkey" fresh-$size
	# What grew has all that was made at once.
	while read -r file; do
		[[ $file == ./.lock ]] || same "fresh-$size/$file" "grown/$file"
	done < <(cd fresh-$size && find . -type f)
done
want 0 tiles grown
want 0 test -s grown/tile/0/000 -a -s grown/tile/0/001 -a -s grown/tile/entries/001 -a -s grown/tile/1/000.p/3
want_same 8192 "$(stat -c %s grown/tile/0/001)" 'the size of a whole tile'
want 0 tiles grown --json
want 0 jq -e '.files_written == 4' <<< "$out"
want_same '' "$(find grown -name '*.tmp*' -o -name '.*.*')" 'left over'
# A tile that was lost comes back.
cp grown/tile/0/001 kept && rm grown/tile/0/001
both 1 tiles "$vkey" grown
want 0 tiles grown
same kept grown/tile/0/001

# ---- what was changed is no tile of it
flip() { # FILE OFFSET
	printf "\\x$(printf %02x $((0x$(xxd -s "$2" -l 1 -p "$1") ^ 1)))" |
	    dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
# changed FILE: audit tiles names it, among those in the folder bad.
changed() {
	refuses LEDGER-TILE 6 tiles bad --check
	says "the first is $1"
}
want 0 tiles grown --check
says "good: $(sed -n 2p grown/checkpoint) events"
for file in checkpoint tile/0/000 tile/0/001 tile/1/000.p/3 tile/entries/000 tile/entries/001; do
	cp -r grown bad
	flip "bad/$file" 100
	both 1 tiles "$vkey" bad
	[[ $file == checkpoint ]] || changed "$file"
	cp grown/$file bad/$file
	truncate -s -1 bad/$file
	both 1 tiles "$vkey" bad
	[[ $file == checkpoint ]] || changed "$file"
	rm -r bad
done
cp -r grown bad
echo x >> bad/tile/0/000 && rm bad/tile/entries/001
want 6 tiles bad --check --json
want 0 jq -e '.bad == ["tile/entries/001", "tile/0/000"] and .error.code == "LEDGER-TILE"' <<< "$out"
rm -r bad
want 0 tiles fresh-256 --check
refuses FILE-MISSING 2 tiles nowhere --check
want 1 test -e nowhere
mkdir other && "$BUILD/tests/write-stories" other 1 > /dev/null
both 1 tiles "$(cat other/vkey)" grown

# ---- a folder that shows more, another log, or what is none, stays as it is
shown() { find grown -type f ! -name .lock -exec sha256sum {} + | sort | sha256sum; }
before=$(shown)
refuses LEDGER-REWIND 6 tiles grown --branch part
refuses NOTE-UNSIGNED 1 "$TAGSEAL" audit tiles grown --repo other/ledger.git --log-key other/vkey
want_same "$before" "$(shown)" 'the folder'
cp -r grown bad && echo nonsense > bad/checkpoint
refuses NOTE-MALFORMED 2 tiles bad
git -C made/ledger.git update-ref refs/heads/part "$(head -1 commits)"
refuses LEDGER-NO-EVENT 3 tiles none --branch part
want 1 test -e none/checkpoint
echo file > file
refuses FILE-KIND 2 tiles file
refuses LEDGER-FORMAT 6 "$TAGSEAL" audit tiles none --repo made/ledger.git --log-key other/vkey

# ---- proofs, by the same judges
id=$(git -C made/ledger.git show $head:checkpoint | sed -n 2p)
for old in 1 2 127 256 257 300 512 "$id"; do
	want 0 "$TAGSEAL" audit prove "$old" "${ledger[@]}" -o proof
	want 0 ./judge consistency "$vkey" proof
	says "$old to $id"
	jq -jcS '.old_size += 1' proof > bad-proof
	want 1 ./judge consistency "$vkey" bad-proof
done
mkdir one && echo file > app.zip
"$BUILD/tests/write-ledger" one p256 ed25519 "$(sha256sum < app.zip | cut -d' ' -f1)" x > /dev/null
want 0 "$TAGSEAL" receipt app.zip --repo one/ledger.git --log-key one/vkey --tlog-proof -o proof
both 0 tlog-proof "$(cat one/vkey)" proof
both 1 tlog-proof "$vkey" proof
sed 4d proof > bad-proof
both 1 tlog-proof "$(cat one/vkey)" bad-proof
