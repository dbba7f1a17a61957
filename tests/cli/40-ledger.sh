#!/usr/bin/env bash
# audit, requests, show: over a ledger that was written by the ledger's tests,
# and over damaged copies of it.
. "$(dirname "$0")/../lib.sh"

mkdir made
"$BUILD/tests/write-ledger" made ed25519 ed25519 > written
read -r size root < written
ledger=(--repo made/ledger.git --log-key made/vkey)

want 0 "$TAGSEAL" audit verify "${ledger[@]}"
says "$size events"
says "--at-least $size:$root"
says_not "unverified"
want 0 "$TAGSEAL" audit verify "${ledger[@]}" --at-least "$size:$root"
want 0 "$TAGSEAL" audit verify "${ledger[@]}" --json
want 0 jq -e ".events == $size and .trusted" <<< "$out"
want 0 "$TAGSEAL" audit verify --repo made/ledger.git
says "unverified"
# A pin in trust.yaml is as good as --log-key; a wrong one is no key of it.
trust() {
	mkdir -p home/.config/tagseal
	cat > home/.config/tagseal/trust.yaml <<-EOF
	tagseal: 1
	config:
	  id: "0b7e0000-0000-4000-8000-000000000002"
	  root: {commit: "$(printf '1%.0s' {1..40})", payload-sha256: "$root", manifest-sha256: "$root"}
	ledger: {keys: ["$1"], at-least: {size: ${2:-0}, root: "$root"}}
	EOF
}
trust "$(cat made/vkey)"
want 0 env HOME="$WORLD/home" "$TAGSEAL" audit verify --repo made/ledger.git
says_not "unverified"
trust "$(cat made/vkey)" $((size + 1))
refuses LEDGER-REWIND 6 env HOME="$WORLD/home" "$TAGSEAL" audit verify --repo made/ledger.git
trust "other.example/log+5e746bfa+Aal7JAOfzTXmmbLsw0YQkMzeB6BP7ImJe/nw1dJWmOUJ"
refuses LEDGER-FORMAT 6 env HOME="$WORLD/home" "$TAGSEAL" audit verify --repo made/ledger.git
git clone -q made/ledger.git clone 2> /dev/null || true
want 0 "$TAGSEAL" audit verify --repo clone --log-key "$(cat made/vkey)"

want 0 "$TAGSEAL" requests "${ledger[@]}"
says "completed"
want 3 "$TAGSEAL" requests "${ledger[@]}" --state denied
want 0 "$TAGSEAL" requests "${ledger[@]}" --json
id=$(jq -r '.[0].id' <<< "$out")
want 0 "$TAGSEAL" show "${id:0:12}" "${ledger[@]}"
says "$id"
says "approved by"
want 0 "$TAGSEAL" show "$id" "${ledger[@]}" --json
want 0 jq -e '.events | length > 3 and .[0].type == "request.created"' <<< "$out"
# A ref stands for its newest request: here, one that waits.
want 0 "$TAGSEAL" show v1.2.3 "${ledger[@]}"
says "waits for   2 of group/release-managers"
says "submitter   person/alice"
says_not "approved by"
want 0 "$TAGSEAL" show refs/tags/v1.2.3 "${ledger[@]}" --json
want 0 jq -e '.state == "waiting" and .artifacts[0].name == "app.zip"' <<< "$out"
refuses REQUEST-UNKNOWN 3 "$TAGSEAL" show v9 "${ledger[@]}"
refuses REQUEST-UNKNOWN 3 "$TAGSEAL" show sr-0000000000 "${ledger[@]}"
refuses GIT-REF-MISSING 3 "$TAGSEAL" audit verify --repo made/ledger.git --branch nothing
refuses USAGE 2 "$TAGSEAL" audit verify "${ledger[@]}" --at-least nonsense

# Another log's key, a shorter branch, a rewritten end: each is an alarm.
mkdir other && "$BUILD/tests/write-ledger" other ed25519 ed25519 > /dev/null
want 6 "$TAGSEAL" audit verify --repo made/ledger.git --log-key other/vkey
cp -r made/ledger.git short.git
git -C short.git update-ref refs/heads/tagseal/ledger refs/heads/tagseal/ledger~2
refuses LEDGER-REWIND 6 "$TAGSEAL" audit verify --repo short.git --log-key made/vkey --at-least "$size:$root"
cp -r made/ledger.git forged.git
tree=$(git -C forged.git rev-parse refs/heads/tagseal/ledger^{tree})
commit=$(GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x \
    git -C forged.git commit-tree "$tree" -p refs/heads/tagseal/ledger -m forged)
git -C forged.git update-ref refs/heads/tagseal/ledger "$commit"
want 6 "$TAGSEAL" audit verify --repo forged.git --log-key made/vkey
says "hint:"

# ---- what was verified is kept, and the next call reads only what is new
keep=(audit verify "${ledger[@]}" --state kept)
want 0 "$TAGSEAL" "${keep[@]}" --json
want 0 jq -e '.verified_before == 0' <<< "$out"
[[ $(stat -c %a kept) == 600 ]] && pass || fail "others may read what was kept"
want 0 "$TAGSEAL" "${keep[@]}"
says "$size events were verified before"
says "--at-least $size:$root"
want 0 "$TAGSEAL" "${keep[@]}" --at-least "$size:$root"
says "were verified before"
refuses LEDGER-REWIND 6 "$TAGSEAL" "${keep[@]}" --at-least "2:$root"
want 0 "$TAGSEAL" "${keep[@]}" --full
says_not "verified before"
# A ledger that grew: the last commits only. One that was cut, or another key.
want 0 "$TAGSEAL" audit verify --repo short.git --log-key made/vkey --state grows --json
before=$(jq .events <<< "$out")
git -C short.git update-ref refs/heads/tagseal/ledger "$(git -C made/ledger.git rev-parse refs/heads/tagseal/ledger)"
want 0 "$TAGSEAL" audit verify --repo short.git --log-key made/vkey --state grows --json
want 0 jq -e ".verified_before == $before and .events == $size and .root_sha256 == \"$root\"" <<< "$out"
same kept grows
git -C short.git update-ref refs/heads/tagseal/ledger refs/heads/tagseal/ledger~2
refuses LEDGER-REWIND 6 "$TAGSEAL" audit verify --repo short.git --log-key made/vkey --state grows
same kept grows
refuses LEDGER-REWIND 6 "$TAGSEAL" audit verify --repo short.git --log-key made/vkey --state grows --json
want 0 jq -e ".faults[0].code == \"LEDGER-REWIND\" and .fault_count == 1" <<< "$(sed -n '/^{/,$p' <<< "$out")"
want 0 "$TAGSEAL" audit verify --repo made/ledger.git --state kept
says_not "verified before"
# Damaged: as if it were not there. Others may write to it: refused.
want 0 "$TAGSEAL" "${keep[@]}"
byte=$(od -An -tu1 -j200 -N1 kept)
printf "\\x$(printf %02x $(((byte + 1) % 256)))" | dd of=kept bs=1 seek=200 conv=notrunc 2> /dev/null
want 0 "$TAGSEAL" "${keep[@]}"
says_not "verified before"
chmod 666 kept
refuses AUDIT-STATE 2 "$TAGSEAL" "${keep[@]}"
ln -sf grows link
refuses AUDIT-STATE 2 "$TAGSEAL" audit verify "${ledger[@]}" --state link

# ---- uses of keys of which nobody knows the end
mkdir ends && "$BUILD/tests/write-endings" ends > stages
while read -r stage commit; do
	[[ $stage != open && $stage != unknown ]] || git -C ends/ledger.git update-ref "refs/heads/$stage" "$commit"
done < stages
intents() { "$TAGSEAL" "${@:2}" --repo ends/ledger.git --log-key ends/vkey --branch "$1"; }
want 0 intents open audit intents
says "open  for"
says "2 signatures with acme-release"
says "acme-app refs/tags/v9.0 release-signing, attempt 1, level 0"
want 0 intents open audit intents --open --json
want 0 jq -e 'length == 1 and .[0].state == "open" and .[0].count == 2 and .[0].age_seconds > 86400 and
    (.[0].request | startswith("sr-")) and (.[0].engine | startswith("6f1c0d2e-"))' <<< "$out"
for command in 'audit verify' 'audit verify --json' alarms; do
	# shellcheck disable=SC2086
	intents open $command > printed 2>&1 || true
	want 0 grep -q "^a use of keys is open since 2026-01-01T.*: start the engine" printed
done
want 0 jq -e '.open_intents == 1 and (.open_intents_since | startswith("2026-01-01T"))' \
    <<< "$(intents open audit verify --json 2> errors)"
# One that is unknown stays in the list, and is no work left to do.
want 0 intents unknown audit intents --csv
want_same 2 "$(wc -l <<< "$out")" "lines"
says '"unknown",2,"acme-release"'
want 3 intents unknown audit intents --open --csv
want_same "n,at,age_seconds,state" "${out:0:22}" "names of columns"
want 0 intents unknown audit verify
says_not "a use of keys is open"
want 0 jq -e '.open_intents == 0 and (has("open_intents_since") | not)' \
    <<< "$(intents unknown audit verify --json 2> errors)"
want 3 "$TAGSEAL" audit intents "${ledger[@]}" --json
want_same "[]" "$out" "nothing"
refuses USAGE 2 "$TAGSEAL" audit intents "${ledger[@]}" --json --csv

# ---- receipts: of a file, by the log's key alone
receipt=(audit receipt --log-key made/vkey made/receipt)
want 0 "$TAGSEAL" "${receipt[@]}"
says "good: event"
says "was not looked at"
want 0 "$TAGSEAL" "${receipt[@]}" --json
want 0 jq -e '.event.type == "artifact.verified" and .file_compared == false' <<< "$out"
refuses RECEIPT-FILE 1 "$TAGSEAL" "${receipt[@]}" made/vkey
refuses FILE-MISSING 2 "$TAGSEAL" "${receipt[@]}" made/nothing
want 2 env HOME="$WORLD" "$TAGSEAL" audit receipt made/receipt
says "trust.yaml"
refuses NOTE-UNSIGNED 1 "$TAGSEAL" audit receipt --log-key other/vkey made/receipt
refuses FILE-MISSING 2 "$TAGSEAL" audit receipt --log-key made/vkey made/nothing
sed 's/"event":"/&A/' made/receipt > changed
want 2 "$TAGSEAL" audit receipt --log-key made/vkey changed
mkdir -p .config/tagseal
cat > .config/tagseal/trust.yaml <<YAML
tagseal: 1
config:
  id: "0b7e4c1a-5d2f-4e38-9a6b-1c7d8e9f0a2b"
  root: {commit: "$(printf '%040d' 1)", payload-sha256: "$(printf '%064d' 1)", manifest-sha256: "$(printf '%064d' 1)"}
ledger: {keys: ["$(cat other/vkey)", "$(cat made/vkey)"]}
YAML
want 0 env HOME="$WORLD" "$TAGSEAL" audit receipt made/receipt
says "good: event"
