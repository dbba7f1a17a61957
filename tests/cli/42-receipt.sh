#!/usr/bin/env bash
# receipt, audit receipt - a receipt that is made anew from a clone says of a
# file, and of what was signed inside it, what the ledger says; of others, of
# changed ones and of other logs it says nothing good.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=../npm.sh
. "$SOURCE/tests/npm.sh"
sha() { sha256sum < "$1" | cut -d' ' -f1; }

# ---- a ledger that vouches for app.zip, with setup.exe and notes.txt in it
echo 'an archive' > app.zip
echo 'a program' > setup.exe
echo 'notes that a signature lies beside' > notes.txt
mkdir made other
tree=$(jq -cSn --arg setup "$(sha setup.exe)" --arg notes "$(sha notes.txt)" --arg none "$(printf %064d 0)" '{
	certificate: $none, rebuilt: [], signatures: [
	{path: "setup.exe", sha256_before: $none, sha256_after: $setup},
	{path: "notes.txt", output: "notes.txt.p7s", sha256_before: $notes, sha256_after: $none}]}')
"$BUILD/tests/write-ledger" made ed25519 p256 "$(sha app.zip)" "$tree" > written
"$BUILD/tests/write-ledger" other ed25519 ed25519 > /dev/null
read -r size root < written
ledger=(--repo made/ledger.git --log-key made/vkey)

# ---- made anew, it proves the same event as the first one
want 0 "$TAGSEAL" receipt app.zip "${ledger[@]}" -o app.zip.receipt.json
want 0 "$TAGSEAL" receipt "$(sha app.zip)" "${ledger[@]}" -o by-digest
same app.zip.receipt.json by-digest
want_same "$(jq -r .event made/receipt)" "$(jq -r .event app.zip.receipt.json)" 'the event'
want 0 cmp <(jq -r .tree app.zip.receipt.json | base64 -d) <(printf %s "$tree")
# The newest checkpoint of the clone, which is one commit older than the head.
want 0 cmp <(jq -j .checkpoint app.zip.receipt.json) \
    <(git -C made/ledger.git show refs/heads/tagseal/ledger:checkpoint)
"$TAGSEAL" receipt app.zip "${ledger[@]}" > printed
same printed app.zip.receipt.json
want 0 "$TAGSEAL" receipt app.zip --repo made/ledger.git -o unverified
says 'unverified'
want 0 "$TAGSEAL" receipt app.zip "${ledger[@]}" --tlog-proof -o app.zip.tlog-proof
want_same 'c2sp.org/tlog-proof@v1' "$(head -1 app.zip.tlog-proof)" 'the first line'

# ---- what it says of files, offline, with the key alone
for form in app.zip.receipt.json app.zip.tlog-proof; do
	want 0 "$TAGSEAL" audit receipt --log-key made/vkey $form app.zip
	says 'file        is the one'
	refuses RECEIPT-FILE 1 "$TAGSEAL" audit receipt --log-key made/vkey $form written
	refuses NOTE-UNSIGNED 1 "$TAGSEAL" audit receipt --log-key other/vkey $form app.zip
	head -c -2 $form > cut
	want 2 "$TAGSEAL" audit receipt --log-key made/vkey cut app.zip
	sed -E 's/^(index |.*"n":)1/\12/' $form > changed
	want 0 test -n "$(cmp $form changed)"
	want 1 "$TAGSEAL" audit receipt --log-key made/vkey changed app.zip
	says MERKLE-PROOF
done
want 0 "$TAGSEAL" audit receipt --log-key made/vkey app.zip.receipt.json setup.exe
says 'file        is a part of it: setup.exe'
want 0 "$TAGSEAL" audit receipt --log-key made/vkey app.zip.receipt.json notes.txt --json
want 0 jq -e '.inside == "notes.txt" and .file_compared' <<< "$out"
# A tlog-proof does not say what is inside; another tree is not believed.
refuses RECEIPT-FILE 1 "$TAGSEAL" audit receipt --log-key made/vkey app.zip.tlog-proof setup.exe
jq -jcS --arg tree "$(jq -cS '.signatures[0].path = "evil.exe"' <<< "$tree" | base64 -w 0)" \
    '.tree = $tree' app.zip.receipt.json > changed
refuses RECEIPT-MALFORMED 2 "$TAGSEAL" audit receipt --log-key made/vkey changed setup.exe
says 'not the one that the event names'

# ---- the receipt of a part is that of the whole
want 0 "$TAGSEAL" receipt setup.exe "${ledger[@]}" -o setup.exe.receipt.json
same setup.exe.receipt.json app.zip.receipt.json
want 0 "$TAGSEAL" receipt notes.txt "${ledger[@]}"

# ---- none for what the ledger does not vouch for, or not yet
refuses RECEIPT-NONE 3 "$TAGSEAL" receipt written "${ledger[@]}"
refuses RECEIPT-NONE 3 "$TAGSEAL" receipt "$(printf %064d 1)" "${ledger[@]}"
refuses FILE-MISSING 2 "$TAGSEAL" receipt nothing "${ledger[@]}"
refuses LEDGER-FORMAT 6 "$TAGSEAL" receipt app.zip --repo made/ledger.git --log-key other/vkey
refuses FILE-MISSING 2 "$TAGSEAL" receipt app.zip "${ledger[@]}" -o no/such/folder
# The commit that has the event, as the head: its checkpoint is of before.
n=$(jq -r .event app.zip.receipt.json | base64 -d | jq .n)
event=events/00/00/$(printf %02x "$n")
first=$(git -C made/ledger.git log --format=%H --diff-filter=A refs/heads/tagseal/ledger -- "$event")
git -C made/ledger.git update-ref refs/heads/early "$first"
refuses RECEIPT-NONE 3 "$TAGSEAL" receipt app.zip "${ledger[@]}" --branch early
says 'is older'

# ---- the schema, by another program
npm_folder
cd "$npm"
judge() { node "$SOURCE/tests/ledger/judge_papers.mjs" "$SOURCE/schemas/receipt.json" "$@"; }
want 0 judge "$WORLD/made/receipt" "$WORLD/app.zip.receipt.json"
for change in 'del(.event)' '.more = 1' '.v = 2' '.kind = "x"' '.n = -1' '.proof[0] = "AAAA"' \
    '.checkpoint |= rtrimstr("\n")' '.tree = "?"'; do
	jq -c "$change" "$WORLD/app.zip.receipt.json" > "$WORLD/bad"
	want 1 judge "$WORLD/bad"
done
cd "$WORLD"
