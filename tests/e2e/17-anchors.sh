#!/usr/bin/env bash
# anchors - what others say of checkpoints: a release has its checkpoint
# stamped by an authority, in the ledger and in the receipt; judged by openssl.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"

more_config() {
	local policies=config/projects/acme-app/policies
	# The policy of our own authority is asked for; it gives no other.
	sed -i 's/, private-address: true/&, policy: "1.3.6.1.4.1.13762.3"/' config/tagseal.yaml
	{ cat $policies/test-signing.yaml; echo 'timestamp: none'; } > $policies/unstamped.yaml
}
make_world
log_key=$(sed -n 's/^public: "\(.*\)"/\1/p' config/certificates/engine-log.yaml)
head=refs/heads/tagseal/ledger
verify() { "$TAGSEAL" audit verify --repo repos/ledger.git --log-key "$log_key" "$@"; }
stranger() { python3 "$SOURCE/tests/ledger/stranger.py" "$@"; }
check() { python3 "$SOURCE/tests/ledger/check_ledger.py" repos/ledger.git $head "$log_key"; }
anchors() { git -C repos/ledger.git ls-tree -r --name-only $head anchors; }
release() { VERSION=$1 tag ci-acme "test/$1" test-signing "ci/acme-app-$1.zip"; }

# ---- a release: its checkpoint is stamped, in the branch and in the receipt
build 1.0.0
release 1.0.0
pass_of_engine
want_same completed "$(state_of test/1.0.0)" 'the release'
want_same 2 "$(anchors | wc -l)" 'files of one anchor'
want 0 verify
want 0 check
paper=out/acme-app/test/1.0.0/acme-app-1.0.0.zip.receipt.json
want_same 1 "$(jq '.timestamps | length' "$paper")" 'timestamps in the receipt'
note=$(anchors | grep checkpoint) token=$(anchors | grep tst)
git -C repos/ledger.git show "$head:$note" > note
git -C repos/ledger.git show "$head:$token" > token
want 0 openssl ts -verify -data note -in token -token_in -CAfile ca.pem
want 0 grep -q 'Policy OID: .*1.3.6.1.4.1.13762.3' <<< "$(openssl ts -reply -token_in -in token -text 2> /dev/null)"
jq -j .checkpoint "$paper" > checkpoint
jq -r '.timestamps[0]' "$paper" | base64 -d > paper-token
same note checkpoint
same token paper-token
want 1 openssl ts -verify -data paper-token -in token -token_in -CAfile ca.pem
want 0 "$TAGSEAL" audit receipt --log-key "$log_key" "$paper" "${paper%.receipt.json}"
says 'timestamp'
want 0 stranger receipt "$log_key" "$paper" "${paper%.receipt.json}"
# Nothing is stamped twice, and by itself nothing is stamped within a day.
size=$(git -C repos/ledger.git rev-list --count $head)
pass_of_engine
want_same "$size" "$(git -C repos/ledger.git rev-list --count $head)" 'commits'

# ---- the token of another checkpoint, and a changed one, are no timestamps
build 1.1.0
release 1.1.0
pass_of_engine
other=out/acme-app/test/1.1.0/acme-app-1.1.0.zip.receipt.json
jq -jcS --slurpfile o "$other" '.timestamps = $o[0].timestamps' "$paper" > bad.json
refuses TIMESTAMP-IMPRINT 1 "$TAGSEAL" audit receipt --log-key "$log_key" bad.json
want 1 stranger receipt "$log_key" bad.json
want_same 4 "$(anchors | wc -l)" 'files of two anchors'
want 0 check

# A receipt made anew is under a checkpoint that was stamped.
want 0 "$TAGSEAL" receipt "${paper%.receipt.json}" --repo repos/ledger.git --log-key "$log_key" -o anew.json
want_same 1 "$(jq '.timestamps | length' anew.json)" 'timestamps of a receipt made anew'
want 0 "$TAGSEAL" audit receipt --log-key "$log_key" anew.json "${paper%.receipt.json}"
want 0 stranger receipt "$log_key" anew.json

# ---- an authority that is away, or whose word is not good, holds nothing up
kill "$tsa_pid"
build 1.2.0
VERSION=1.2.0 tag ci-acme test/1.2.0 unstamped ci/acme-app-1.2.0.zip
pass_of_engine
want_same completed "$(state_of test/1.2.0)" 'a release without authorities'
want 0 grep -q anchor.timestamp engine.log
want_same 4 "$(anchors | wc -l)" 'files of two anchors'
want 0 jq -e 'has("timestamps") | not' out/acme-app/test/1.2.0/acme-app-1.2.0.zip.receipt.json
want 0 verify
want 0 check
