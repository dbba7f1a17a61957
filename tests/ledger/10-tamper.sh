#!/usr/bin/env bash
# A ledger of 5,000 events, tampered with in each way that tamper.c knows, and
# signed again by whoever could have done it: `audit verify` finds and names
# each, with code, event and path, and says up to where it was sound. What lies
# before the tampering was verified once and is not read each time, but for
# every tenth, where all is.
. "$(dirname "$0")/../lib.sh"
unset HOME XDG_CACHE_HOME

mkdir made
size=$("$BUILD/tests/write-stories" made 385)
[[ $size -ge 5000 ]] || fail "$size events are no large ledger"
verify=("$TAGSEAL" audit verify --repo made/ledger.git --log-key "$(cat made/vkey)")
want 0 "${verify[@]}" --json
root=$(jq -r .root_sha256 <<< "$out")
want 0 jq -e ".events == $size and .fault_count == 0" <<< "$out"
"$BUILD/tests/tamper" made > rows || fail "tamper"

# judge NAME: what audit verify says of that branch, and its exit code.
judge() {
	local how=(--state "state") code=0
	cp base.state state
	[[ $((count++ % 10)) -ne 0 ]] || how+=(--full)
	[[ $2 != pin ]] || how+=(--at-least "$size:$root")
	"${verify[@]}" --json --branch "bad/$1" "${how[@]}" > "answers/$1" || code=$?
	[[ $code -eq 0 ]] || cmp -s base.state state || fail "$1: what is not sound was kept as verified"
	echo "$code" > "answers/$1.code"
}
want 0 "${verify[@]}" --branch bad/base --state base.state
mkdir answers
count=0
while IFS=$'\t' read -r name _ _ _ _ pin; do
	judge "$name" "$pin" 2> "answers/$name.err"
done < rows

bad=0
complain() {
	echo "$name: $1" >&2
	jq -c '{sound, faults: .faults[:5]}' "answers/$name" >&2 || cat "answers/$name" "answers/$name.err" >&2
	bad=1
}
while IFS=$'\t' read -r name code event path sound _; do
	found=$(cat "answers/$name.code")
	if [[ $code == sound ]]; then
		[[ $found == 0 ]] || complain "nothing was wrong"
		continue
	fi
	[[ $found != 0 ]] || { complain "it was taken for sound"; continue; }
	[[ $code != LEDGER-* || $found == 6 ]] || complain "exit code $found"
	jq -e --arg code "$code" --arg event "$event" --arg path "$path" \
	    '.faults | any(.code == $code and ($event == "-" or .event == ($event | tonumber)) and
	    ($path == "-" or .path == $path or ($path == "*" and .path != null)))' \
	    "answers/$name" > jq.out || complain "it is not named as $code, event $event, path $path"
	jq -e --argjson sound "$sound" '.sound.events == $sound' "answers/$name" > jq.out ||
	    complain "it was sound up to $sound"
done < rows
[[ $bad -eq 0 ]] || fail "some were not found, or not named"
[[ $(wc -l < rows) -gt 100 ]] || fail "only $(wc -l < rows) rows"
