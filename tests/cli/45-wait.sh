#!/usr/bin/env bash
# wait, and show by the name of a ref: every end that a request can have, over
# a ledger that grows while somebody waits, in a clone and without one.
. "$(dirname "$0")/../lib.sh"

export HOME=$WORLD/home GIT_CONFIG_NOSYSTEM=1
mkdir made home
"$BUILD/tests/write-endings" made > stages
here=(--repo made/ledger.git --log-key made/vkey)
soon=(--timeout 1s --interval 1s)

# at STAGE [REPOSITORY]: the ledger as it was then.
at() {
	git -C "${2:-made/ledger.git}" update-ref refs/heads/tagseal/ledger \
	    "$(awk -v stage="$1" '$1 == stage { print $2 }' stages)"
}

# answers JQ COMMAND…: the last want, once more in JSON, fits.
answers() {
	local what=$1; shift
	"$@" --json > answer 2> /dev/null || true
	want 0 jq -e "$what" answer
}

# ---- how it ends
at completed
want 0 "$TAGSEAL" wait v1.0 "${here[@]}" "${soon[@]}"
says "completed: acme-app refs/tags/v1.0"
says "signed      app.zip"
says "sha256 0123456789abcdef"
says "published   /srv/releases"
says_not "trying again"
answers '.state == "completed" and .artifacts[0].published == ["/srv/releases"] and
    (.artifacts[0].signed_sha256 | length) == 64 and .findings == []' \
    "$TAGSEAL" wait refs/tags/v1.0 "${here[@]}"
id=$(jq -r .id answer)
want 0 "$TAGSEAL" wait "${id:0:12}" "${here[@]}" "${soon[@]}"
says "$id"
at twins
for row in 'refs/heads/release refused GIT-SIGNER-UNKNOWN' 'v3.0 denied REQUEST-DENIED' \
    'v4.0 expired REQUEST-EXPIRED' 'v6.0 failed PE-TRUNCATED'; do
	read -r ref state code <<< "$row"
	refuses "$code" 1 "$TAGSEAL" wait "$ref" "${here[@]}" "${soon[@]}"
	says "$state: acme-app"
	says "hint "
	answers ".state == \"$state\" and .findings[0].code == \"$code\" and
	    (.findings[0].advice | length) > 5" "$TAGSEAL" wait "$ref" "${here[@]}"
done
want 1 "$TAGSEAL" wait v5.0 "${here[@]}" "${soon[@]}"
says "cancelled: acme-app refs/tags/v5.0"
says "REQUEST-CONFIG-CHANGED: the policy changed"
answers '.state == "cancelled" and .findings[0].code == "REQUEST-CONFIG-CHANGED"' "$TAGSEAL" wait v5.0 "${here[@]}"
want 1 "$TAGSEAL" wait v3.0 "${here[@]}" "${soon[@]}"
says "ended by    person/bob"
answers '.person == "person/bob"' "$TAGSEAL" wait v3.0 "${here[@]}"
want 0 "$TAGSEAL" show v6.0 "${here[@]}"
says "setup.exe: cut short"
says "build the file again"

# ---- a ref that was refused
at refused
refuses GIT-SIGNER-UNKNOWN 1 "$TAGSEAL" wait v2.0 "${here[@]}" "${soon[@]}"
says "refused: refs/tags/v2.0"
says "object      0123456789abcdef"
says "NOT-YET-KNOWN: from a newer engine"
want 0 "$TAGSEAL" show v2.0 "${here[@]}"
says "sign with a declared key"
answers '.findings | length == 2' "$TAGSEAL" show v2.0 "${here[@]}"
want 0 jq -e '.events[0].type == "request.refused" and (has("id") | not)' answer
# A request that was made of it since counts; a refusal after that one does.
at again
refuses WAIT-TIMEOUT 3 "$TAGSEAL" wait v2.0 "${here[@]}" "${soon[@]}"
at moved
refuses GIT-SIGNER-UNKNOWN 1 "$TAGSEAL" wait v1.0 "${here[@]}" "${soon[@]}"
says "earlier     $id"
want 0 "$TAGSEAL" wait "$id" "${here[@]}" "${soon[@]}"

# ---- the same tag in two repositories
refuses REQUEST-UNKNOWN 3 "$TAGSEAL" wait v8.0 "${here[@]}" "${soon[@]}"
says "say which with --project"
refuses REQUEST-UNKNOWN 3 "$TAGSEAL" show v8.0 "${here[@]}"
want 0 "$TAGSEAL" show v8.0 "${here[@]}" --project acme-app
says "state       waiting"
want 1 "$TAGSEAL" wait v8.0 "${here[@]}" "${soon[@]}" --project other-app
says "refused: refs/tags/v8.0"
refuses REQUEST-UNKNOWN 3 "$TAGSEAL" show v8.0 "${here[@]}" --project third

# ---- what strangers wrote moves no cursor
for command in "show v2.0" "show v3.0" "show v1.0" "wait v1.0 --timeout 1s" "requests" \
    "wait v2.0 --timeout 1s"; do
	# shellcheck disable=SC2086
	out=$("$TAGSEAL" $command "${here[@]}" 2>&1) || true
	says '\u{1b}[31mred\u{1b}[0m\u{d}\u{a}X-FORGED'
	says_not $'\e'
	says_not $'\u202e'
	says_not $'\nX-FORGED'
done
# A terminal gets one line that is written over, and nothing of theirs.
out=$(NO_COLOR='' script -qec "stty cols 200; '$TAGSEAL' wait v2.0 ${here[*]} --timeout 1s" /dev/null) || true
says $'\r\e[Kv2.0: waiting for 2 of group/release-managers'
says_not $'\e[31mred'
says "WAIT-TIMEOUT"

# ---- what it lacks
at seen
refuses WAIT-TIMEOUT 3 "$TAGSEAL" wait v1.0 "${here[@]}" "${soon[@]}"
says "v1.0: seen, not judged yet"
refuses REQUEST-UNKNOWN 3 "$TAGSEAL" show v1.0 "${here[@]}"
refuses WAIT-TIMEOUT 3 "$TAGSEAL" wait v9.9 "${here[@]}" "${soon[@]}"
says "v9.9: the engine has not seen it yet"
answers '.error.code == "WAIT-TIMEOUT"' "$TAGSEAL" wait v9.9 "${here[@]}" "${soon[@]}"
refuses REQUEST-UNKNOWN 3 "$TAGSEAL" wait sr-0000000000 "${here[@]}" --timeout 1h
at waiting
refuses WAIT-TIMEOUT 3 "$TAGSEAL" wait v1.0 "${here[@]}" "${soon[@]}"
says "v1.0: waiting for 2 of group/release-managers, 1 of "
answers '.state == "waiting" and .error.code == "WAIT-TIMEOUT" and (.missing | length) == 2' \
    "$TAGSEAL" wait v1.0 "${here[@]}" "${soon[@]}"
want 0 "$TAGSEAL" show v1.0 "${here[@]}"
says "waits for   2 of group/release-managers"
says "submitter   person/alice"
says "commit      0123456789abcdef"
says "12 files in it, 4 signatures to make"
says "what happened:"
answers '.missing[0] == "2 of group/release-managers" and .artifacts[0].files == 12 and
    (.events | length) == 3 and .submitter == "person/alice"' "$TAGSEAL" show v1.0 "${here[@]}"
want 0 "$TAGSEAL" requests "${here[@]}"
says "acme-app v1.0  release-signing"
says "waits for 2 of group/release-managers"
want 0 awk '!/X-FORGED/ && length > 80 { exit 1 }' <(printf '%s\n' "$out")
answers '.[0].missing | length == 2' "$TAGSEAL" requests "${here[@]}"

# ---- it grows meanwhile; each change is told once
at seen
{ sleep 1.5; at waiting; sleep 1.5; at completed; } &
want 0 "$TAGSEAL" wait v1.0 "${here[@]}" --interval 1s --timeout 60s
says "completed: acme-app"
told=$out
want 0 test "$(grep -c '^v1.0: seen' <<< "$told")" = 1
want 0 test "$(grep -c '^v1.0: waiting' <<< "$told")" = 1
wait
# It does not get shorter.
at again
{ sleep 1.5; at waiting; } &
refuses LEDGER-REWIND 6 "$TAGSEAL" wait v2.0 "${here[@]}" --interval 1s --timeout 60s
wait

# ---- in a clone
at waiting
git clone -q made/ledger.git clone 2> /dev/null || true
there=(--repo clone --log-key made/vkey)
refuses WAIT-TIMEOUT 3 "$TAGSEAL" wait v1.0 "${there[@]}" "${soon[@]}"
{ sleep 1.5; at completed; } &
want 0 "$TAGSEAL" wait v1.0 "${there[@]}" --interval 1s --timeout 60s
says "completed: acme-app"
wait
want 0 test "$(git -C clone rev-parse refs/remotes/origin/tagseal/ledger)" = \
    "$(git -C made/ledger.git rev-parse refs/heads/tagseal/ledger)"
# A branch of the clone itself is old as soon as there is a remote.
git clone -q --bare made/ledger.git bare
git -C bare remote rename origin upstream 2> /dev/null || git -C bare remote add upstream "$WORLD/made/ledger.git"
at waiting bare
want 0 "$TAGSEAL" wait v1.0 --repo bare --log-key made/vkey "${soon[@]}" --remote upstream
refuses USAGE 2 "$TAGSEAL" wait v1.0 "${there[@]}" --remote elsewhere
refuses USAGE 2 "$TAGSEAL" wait v1.0 "${there[@]}" --remote=--upload-pack=true
# What cannot be fetched now may be, the next time.
git -C clone update-ref refs/remotes/origin/tagseal/ledger \
    "$(awk '$1 == "waiting" { print $2 }' stages)"
mv made/ledger.git away.git
refuses WAIT-TIMEOUT 3 "$TAGSEAL" wait v1.0 "${there[@]}" "${soon[@]}"
says "the last fetch failed: git fetch: fatal:"
says "trying again"
{ sleep 1.5; mv away.git made/ledger.git; } &
want 0 "$TAGSEAL" wait v1.0 "${there[@]}" --interval 1s --timeout 60s
wait
# Nothing was ever read.
git init -q empty
git -C empty remote add origin "$WORLD/nowhere"
refuses LEDGER-FETCH 5 "$TAGSEAL" wait v1.0 --repo empty "${soon[@]}"
says "does not appear to be a git repository"
# shellcheck disable=SC2016
printf '#!/bin/sh\nprintf "\\033[31mred\\n" >&2\nexit 1\n' > ssh && chmod +x ssh
git -C empty remote set-url origin ssh://nobody.example/x
GIT_SSH_COMMAND=$WORLD/ssh refuses LEDGER-FETCH 5 "$TAGSEAL" wait v1.0 --repo empty "${soon[@]}"
says_not $'\e'
began=$SECONDS
GIT_SSH_COMMAND="sleep 300; : $WORLD" refuses PROCESS-SLOW 5 "$TAGSEAL" wait v1.0 --repo empty "${soon[@]}"
want 0 test $((SECONDS - began)) -lt 30
sleep 0.5
want 1 pgrep -f "sleep 300; : $WORLD"
git -C empty remote remove origin
refuses GIT-REF-MISSING 3 "$TAGSEAL" wait v1.0 --repo empty
mkdir plain
want 5 "$TAGSEAL" wait v1.0 --repo plain

# ---- whom to believe, and what is no time
want 0 "$TAGSEAL" wait v1.0 --repo made/ledger.git
says "unverified"
mkdir foreign && "$BUILD/tests/write-endings" foreign > /dev/null
refuses LEDGER-FORMAT 6 "$TAGSEAL" wait v1.0 --repo made/ledger.git --log-key foreign/vkey
refuses USAGE 2 "$TAGSEAL" wait v1.0 "${here[@]}" --timeout soon
refuses USAGE 2 "$TAGSEAL" wait v1.0 "${here[@]}" --interval 0s
