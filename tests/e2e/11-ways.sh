#!/usr/bin/env bash
# ways - what a release may be besides a tag signed with SSH that names a ZIP at
# a server: OpenPGP, a program by itself, a file of the tagged tree, a release
# branch; and results that go to a web server.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=../osslsigncode.sh
. "$SOURCE/tests/osslsigncode.sh"

# bob signs with OpenPGP; the agent's results are put to a server.
more_config() {
	export GNUPGHOME=$WORLD/gnupg
	mkdir -m 700 gnupg put config/people/bob
	gpg --batch --quiet --passphrase '' --quick-generate-key 'bob <bob@acme.example>' ed25519 sign never 2> /dev/null
	gpg --armor --export bob@acme.example > config/people/bob/key.asc
	sed -i 's@- ssh: .*@- openpgp: bob/key.asc@' config/people/bob.yaml
	"$SOURCE/tests/net/http-server" "$WORLD/put" > put.port 2> put.log &
	for _ in {1..100}; do [[ -s put.port ]] && break; sleep 0.05; done
	sed -i "s@- directory: .*@- put: \"http://127.0.0.1:$(cat put.port)/agent/\"@" config/projects/acme-agent/project.yaml
	sed -i 's@^refs: .*@refs: ["refs/tags/test/*", "refs/heads/release/*"]@' config/projects/acme-agent/policies/test-signing.yaml
}
make_world
git clone -q repos/acme-agent.git agent 2> /dev/null
cp made/app.exe agent/acme-agent.exe
by alice agent add . && by alice agent commit -q -S -m 'The agent, built' && by alice agent push -q origin HEAD

# ---- an OpenPGP tag that names a file of its own tree
(cd agent && "$TAGSEAL" release --project acme-agent --policy test-signing --in-tree --dry-run test/1 acme-agent.exe > ../message)
git -C agent -c user.name=bob -c user.email=bob@acme.example -c user.signingkey=bob@acme.example \
    tag -s -F ../message test/1 && git -C agent push -q origin refs/tags/test/1
pass_of_engine
want 0 test "$(state_of test/1)" = completed
osslsigncode_verify 0 ca.pem put/acme-agent.exe 'Timestamp Server Signature verification: ok'
want 0 sh -c 'cd put && sha256sum -c --strict SHA256SUMS'
want 0 test "$(events artifact.published | jq -r .where)" = "http://127.0.0.1:$(cat put.port)/agent/test/1"
want 0 test "$(events request.created | jq -r .actor)" = person/bob

# ---- a release branch: its signed head carries the manifest
rm put/*
by alice agent switch -q -c release/1.0
by alice agent commit -q -S --allow-empty -m 'Only a commit'
by alice agent push -q origin HEAD
pass_of_engine
want 0 test "$(events ref.seen | wc -l)" -eq 1
by alice agent commit -q -S --allow-empty -F ../message
by alice agent push -q origin HEAD
pass_of_engine
head=$(git -C agent rev-parse HEAD)
branch() { events request.created | jq -r 'select(.body.ref == "refs/heads/release/1.0") | '"$1"; }
want 0 test "$(branch .body.commit)" = "$head"
want 0 test "$(events artifact.published | jq -r .where | tail -1)" = "http://127.0.0.1:$(cat put.port)/agent/release/1.0/${head:0:12}"
osslsigncode_verify 0 ca.pem put/acme-agent.exe
# The branch grows; what was released stays released, and nobody is alarmed.
by alice agent commit -q -S --allow-empty -m 'Later' && by alice agent push -q origin HEAD
pass_of_engine
want 0 test "$(events request.created | wc -l)" -eq 2
want 0 test -z "$(events alarm.raised)"

# ---- a revoked OpenPGP key signs nothing any more
sed -i 's@- openpgp: .*@&\n    revoked: {at: "2026-01-01", reason: lost}@' config/people/bob.yaml
change_config 'bob lost the key'
sed 's@test/1@test/2@' message > message2
git -C agent -c user.name=bob -c user.email=bob@acme.example -c user.signingkey=bob@acme.example \
    tag -s -F ../message2 test/2 && git -C agent push -q origin refs/tags/test/2
pass_of_engine
want 0 test "$(events request.refused | jq -r '.findings[0].code')" = SIGNER-KEY-REVOKED
want 0 "$TAGSEAL" audit verify --repo repos/ledger.git

# ---- a new state cannot send the engine to another ledger
git init -q --bare -b main repos/other.git
sed -i "s@repos/ledger.git@repos/other.git@" config/tagseal.yaml
change_config 'Another ledger'
pass_of_engine
want 0 grep -q 'code=CHAIN-LEDGER' engine.log
want 0 test -z "$(git -C repos/other.git for-each-ref)"
want 0 test "$(events config.accepted | wc -l)" -eq 3
gpgconf --kill all
