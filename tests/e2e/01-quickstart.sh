#!/usr/bin/env bash
# quickstart: plays the whole story, works a second time, keeps its world only
# when asked to; and a world that was kept goes on.
. "$(dirname "$0")/../lib.sh"
quickstart=$SOURCE/sample-config-repo/quickstart
export TMPDIR=$WORLD

for round in 1 2; do
	want 0 "$quickstart"
	says "REF-PROJECT"
	says "waits for   2 of group/release-managers"
	says "4 signatures to make"
	says "carol: a signed tag"
	says "dave: a signed commit"
	says "completed: acme-app refs/tags/v1.2.3"
	says "osslsigncode verify: plugins/bin/answer.dll, signature and timestamp"
	says "openssl cms -verify: sbom.json"
	says 'git verify-tag: Good "git" signature for alice'
	says "the ledger vouches for this very file"
	says "in a fresh clone: sound: "
	says "commits are signed by the engine"
	says "bin/app.exe           Authenticode, stamped 2"
	says_not $'\e'
	want 0 test "$(wc -l <<< "$out")" -le 96
	want 0 test -z "$(find "$WORLD" -name 'tagseal-quickstart-*')"
done

# ---- a world that was kept: the next version, by its script
want 0 "$quickstart" --keep
kept=$(sed -n 's/^The world is kept in //p' <<< "$out")
want 0 test -f "$kept/out/acme-app/v1.2.3/acme-app-1.2.3.zip.receipt.json"
want 2 "$kept/play"
"$kept/play" engine 2> engine.log &
engine=$!
want 0 "$kept/play" release 1.2.4
want 3 "$kept/play" wait v1.2.4 --timeout 1s
for ((i = 0; i < 100; i++)); do "$kept/play" show v1.2.4 > /dev/null 2>&1 && break; sleep 0.1; done
want 0 "$kept/play" approve v1.2.4 carol
want 0 "$kept/play" approve v1.2.4 dave
want 0 "$kept/play" wait v1.2.4 --timeout 1m --interval 1s
says completed
kill "$engine"
stopped=0
wait "$engine" || stopped=$?
want 0 test "$stopped" -eq 0
want 0 "$kept/play" audit
says sound

# ---- what goes wrong says where
mkdir broken
printf '#!/bin/sh\necho "no zip today" >&2\nexit 1\n' > broken/zip
chmod +x broken/zip
want 1 env PATH="$WORLD/broken:$PATH" "$quickstart"
says 'failed at "A tag that must not pass"'
says "no zip today"
want 0 test -z "$(find "$WORLD" -name 'tagseal-quickstart-*' ! -path "$kept")"
want 0 "$quickstart" --help
says "--keep"
want 2 "$quickstart" --nonsense
