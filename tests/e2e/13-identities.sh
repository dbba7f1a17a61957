#!/usr/bin/env bash
# identities - what people may sign with besides an SSH key or OpenPGP, each
# with the siblings that must not count: releases of the agent, by bob.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"

more_config() {
	# A security key that must ask for its PIN.
	"$BUILD/tests/security-key" make keys/soft
	printf '  - ssh: "%s"\nrequire-user-verification: true\n' "$(cat keys/soft.pub)" >> config/people/bob.yaml
}
make_world
git clone -q repos/acme-agent.git agent 2> /dev/null
cp made/app.exe agent/acme-agent.exe
by alice agent add . && by alice agent commit -q -S -m 'The agent, built' && by alice agent push -q origin HEAD
(cd agent && "$TAGSEAL" release --project acme-agent --policy test-signing --in-tree --dry-run test/0 acme-agent.exe > ../message)

# submit NAME OPTION…: a release tag of bob's, signed as the options say.
submit() {
	local name=$1; shift
	by bob agent "$@" tag -s -F "$WORLD/message" "test/$name"
	by bob agent push -q origin "refs/tags/test/$name"
}
# refused NAME CODE: what the ledger says of it.
refused() {
	want 0 test "$(events request.refused | jq -r --arg ref "refs/tags/test/$1" 'select(.ref == $ref or .body.ref == $ref) | .findings[0].code')" = "$2"
	want 0 test -z "$(state_of "test/$1")"
}

soft=(-c gpg.ssh.program="$BUILD/tests/security-key" -c user.signingkey="$WORLD/keys/soft.pub")
SECURITY_KEY_FLAGS=00 submit untouched "${soft[@]}"
SECURITY_KEY_FLAGS=01 submit touched "${soft[@]}"
SECURITY_KEY_FLAGS=05 submit verified "${soft[@]}"
pass_of_engine
refused untouched SIGNER-PRESENCE
refused touched SIGNER-VERIFICATION
want 0 test "$(state_of test/verified)" = completed
want 0 test "$(events request.created | jq -r .actor)" = person/bob
