#!/usr/bin/env bash
# ledger - attacks on the ledger that somebody has cloned: `audit` finds each of
# them offline. (What an engine does about them: hosts.sh.)
script=ledger.sh
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=matrix.sh
. "$SOURCE/tests/trust/matrix.sh"
export HOME=$WORLD GIT_CONFIG_NOSYSTEM=1
mkdir made other keys
"$BUILD/tests/write-ledger" made ed25519 ed25519 > written
"$BUILD/tests/write-ledger" other ed25519 ed25519 > written.other
read -r size root < written
branch=refs/heads/tagseal/ledger
ssh-keygen -q -N '' -t ed25519 -f keys/mallory
audit() { "$TAGSEAL" audit verify --repo "${2:-made}/ledger.git" --log-key made/vkey --at-least "$size:$root"; }
want 0 audit
want 0 "$TAGSEAL" audit receipt --log-key made/vkey made/receipt

# Each attack changes the copy in the current folder.
at() { git rev-parse "$branch${1:-}"; }
set_to() { echo "$1" > "$branch"; }
as_mallory() { git -c user.name=m -c user.email=m -c gpg.format=ssh -c user.signingkey="$WORLD/keys/mallory.pub" "$@"; }
object() { git hash-object -t "$1" -w --literally --stdin; }
differs() { test "$(at)" != "$(git -C "$WORLD/made/ledger.git" rev-parse $branch)"; }
attack_ledger_short() { set_to "$(at '~2')"; there differs; }
attack_ledger_fork() {
	set_to "$(as_mallory commit-tree -S -m 'Another end' -p "$(at '~1')" "$(at '^{tree}')")"
	there test "$(git rev-list --count $branch)" = "$(git -C "$WORLD/made/ledger.git" rev-list --count $branch)"
	there differs
}
attack_ledger_unsigned() { set_to "$(git -c user.name=m -c user.email=m commit-tree -m 'More' -p "$(at)" "$(at '^{tree}')")"; there differs; }
attack_ledger_stranger() { set_to "$(as_mallory commit-tree -S -m 'More' -p "$(at)" "$(at '^{tree}')")"; there git cat-file -e "$(at)"; there differs; }
attack_ledger_event() {
	local path blob
	path=$(git ls-tree -r --name-only "$(at)" events | tail -1)
	blob=$(git cat-file blob "$(at):$path" | sed 's/alice/Alice/; s/"at":"2/"at":"3/' | object blob)
	export GIT_INDEX_FILE=$PWD/attack-index
	git read-tree "$(at)" && git update-index --cacheinfo "100644,$blob,$path"
	set_to "$(git cat-file commit "$(at)" | sed "s/^tree .*/tree $(git write-tree)/" | object commit)"
	there ! git diff --quiet "$(git -C "$WORLD/made/ledger.git" rev-parse $branch)" "$(at)" -- "$path"
}
attack_ledger_dropped() {
	set_to "$(git cat-file commit "$(at)" | sed "s/^parent .*/parent $(at '~2')/" | object commit)"
	there test "$(at '~1')" = "$(git -C "$WORLD/made/ledger.git" rev-parse $branch~2)"
}
attack_ledger_merge() {
	set_to "$(as_mallory commit-tree -S -m 'Merge' -p "$(at)" -p "$(at '~1')" "$(at '^{tree}')")"
	there git rev-parse -q --verify "$branch^2"
}
attack_ledger_replaced() {
	local evil
	evil=$(git -c user.name=m -c user.email=m commit-tree -m 'More' -p "$(at)" "$(at '^{tree}')")
	git replace "$evil" "$(at)" && set_to "$evil"
	there test "$(git cat-file commit "$evil" | grep -c gpgsig)" = 1
}
attack_ledger_other_log() { rm -rf ./* && cp -r "$WORLD/other/ledger.git/." .; there differs; }
# loose ID: the file that holds the object, unpacked first.
loose() {
	local packs=$PWD/packs
	mkdir -p "$packs" && find objects/pack -name '*.pack' -exec mv {} "$packs" \;
	rm -f objects/pack/*
	for pack in "$packs"/*.pack; do [[ ! -e $pack ]] || git unpack-objects -q < "$pack"; done
	chmod -R u+w objects
	echo "objects/${1:0:2}/${1:2}"
}
attack_ledger_swapped() {
	local paths one two
	mapfile -t paths < <(git ls-tree -r "$(at)" events | awk '{ print $3 }')
	one=$(loose "${paths[0]}") two=$(loose "${paths[1]}")
	cp -f "$two" "$one"
	there cmp "$one" "$two"
}
attack_ledger_missing() {
	local file
	file=$(loose "$(git ls-tree -r "$(at)" events | awk 'NR == 2 { print $3 }')")
	rm "$file"
	there test ! -e "$file"
}

while IFS=$'\t' read -r id _; do
	[[ $id == ledger-* ]] || continue
	rm -rf try && mkdir try && cp -r made/ledger.git try/
	trouble= got=0
	set +e
	(set -e; making=$id; cd try/ledger.git; "attack_${id//-/_}") 2> making.log < /dev/null
	got=$?
	set -e
	[[ $got -eq 0 ]] || { trouble=' its maker failed;'; cat making.log >&2; }
	got=0
	audit "$id" try > answer 2>&1 || got=$?
	[[ $got -ne 0 ]] || trouble+=' it was taken for sound;'
	[[ $got -eq 6 ]] || ! grep -q 'error LEDGER-' answer || trouble+=" that is no alarm, but exit code $got;"
	row "$id" "$(sed -n 's/^error \([A-Z-]*\):.*/\1/p' answer)" "$trouble"
done < <(rows_of "$script")

# ---- receipts
receipt() {
	local got=0 trouble=
	"$TAGSEAL" audit receipt --log-key made/vkey "${@:2}" > answer 2>&1 || got=$?
	[[ $got -ne 0 ]] || trouble=' it was taken for good;'
	row "$1" "$(grep -oE '\b(NOTE|RECEIPT|MERKLE|CANONICAL)-[A-Z]+' answer | sort -u | tr '\n' ' ' | sed 's/ $//')" "$trouble"
}
making=receipt-other-log && there ! cmp made/receipt other/receipt
receipt receipt-other-log other/receipt
making=receipt-other-file && there test -s made/vkey
receipt receipt-other-file made/receipt made/vkey
making=receipt-changed
python3 -c '
import base64, json
receipt = json.load(open("made/receipt"))
event = base64.b64decode(receipt["event"]).replace(b"app.zip", b"bad.zip")
receipt["event"] = base64.b64encode(event).decode()
open("changed", "w").write(json.dumps(receipt, separators=(",", ":"), sort_keys=True, ensure_ascii=False))'
there ! cmp made/receipt changed
receipt receipt-changed changed
making=receipt-tree
python3 -c '
import base64, json
receipt = json.load(open("made/receipt"))
receipt["tree"] = base64.b64encode(b"{\"signatures\":[]}").decode()
open("tree", "w").write(json.dumps(receipt, separators=(",", ":"), sort_keys=True, ensure_ascii=False))'
there ! cmp made/receipt tree
receipt receipt-tree tree

# ---- all of it good by the keys of the log, but no witness saw it
pin() { # QUORUM
	mkdir -p .config/tagseal
	cat > .config/tagseal/trust.yaml <<-END
	tagseal: 1
	config:
	  id: "0b7e0000-0000-4000-8000-000000000002"
	  root: {commit: "$(printf '1%.0s' {1..40})", payload-sha256: "$root", manifest-sha256: "$root"}
	ledger: {keys: ["$(< made/vkey)"], quorum: $1, witnesses: ["witness.example/w1+eb762cc2+BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"]}
	END
}
# unwitnessed ID COMMAND…: sound if no quorum is wanted, refused if one is.
unwitnessed() {
	local got=0 trouble=
	making=$1
	pin 0 && there "$TAGSEAL" "${@:2}"
	pin 1
	"$TAGSEAL" "${@:2}" > answer 2>&1 || got=$?
	[[ $got -eq 1 ]] || trouble=" exit code $got;"
	row "$1" "$(grep -oE '\bWITNESS-[A-Z]+' answer | sort -u)" "$trouble"
}
unwitnessed unwitnessed-ledger audit verify --repo made/ledger.git
unwitnessed unwitnessed-receipt audit receipt made/receipt
rows_done
