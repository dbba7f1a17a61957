#!/usr/bin/env bash
# release - the main job: a tag, waiting, two approvals, signing, publishing,
# audit; each result judged by programs that nobody here wrote.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=../osslsigncode.sh
. "$SOURCE/tests/osslsigncode.sh"
# shellcheck source=../npm.sh
. "$SOURCE/tests/npm.sh"
npm_folder

# Two release managers; a receiver is told of all that happens, another of less.
more_config() {
	sed -i 's/count: 1/count: 2/' config/projects/acme-app/policies/release-signing.yaml
	echo 'readers: [group/release-managers, person/bob]' >> config/projects/acme-app/project.yaml
	printf 'notify:\n  - {on: ["*"], webhook: {url: "%s/hook/as", secret: {credential: hook}, private-address: true}}\n' \
	    "$receiver" >> config/tagseal.yaml
	printf '  - {on: [request.created], webhook: {url: "%s/slow", private-address: true}}\n' "$receiver" >> config/tagseal.yaml
}
# shellcheck source=notices.sh
. "$SOURCE/tests/e2e/notices.sh"
start_receiver
make_world
give_secret
log_key=$(sed -n 's/^public: "\(.*\)"/\1/p' config/certificates/engine-log.yaml)
echo '{"parts": []}' > made/sbom.json
ledger() { "$TAGSEAL" "$@" --repo repos/ledger.git --log-key "$log_key"; }
size_of_ledger() { events '' | wc -l; }

# ---- a tag waits for two people
build 1.2.3
(cd made && zip -qX ../ci/acme-app-1.2.3.zip sbom.json)
cp ci/acme-app-1.2.3.zip input.zip
tag alice v1.2.3 release-signing ci/acme-app-1.2.3.zip
pass_of_engine
want 0 test "$(state_of v1.2.3)" = waiting
id=$(request v1.2.3)
want 0 ledger show v1.2.3
says 'person/alice'
says '2 of group/release-managers'
says '4 signatures'
want 3 ledger wait v1.2.3 --timeout 1s --interval 1s
want 0 test -z "$(ls -A out)"
size=$(size_of_ledger)
pass_of_engine
want 0 test "$(size_of_ledger)" -eq "$size"

# ---- one approves by a tag, one by a commit
want 0 ledger approve "$id" --name dave --config config --dry-run
approve carol "$id"
pass_of_engine
want 0 ledger show "$id"
says '1 of group/release-managers'
says 'person/carol'
want 0 test -z "$(events keys.intended)"
approve_commit dave "$id"
pass_of_engine
want 0 ledger wait v1.2.3 --timeout 1s
says completed
want 0 test "$(state_of v1.2.3)" = completed

# ---- what came out
release=$WORLD/out/acme-app/v1.2.3
want 0 sh -c "cd $release && sha256sum -c --strict SHA256SUMS"
want 0 test "$(wc -l < "$release/SHA256SUMS")" -eq 2
want 0 unzip -tq "$release/acme-app-1.2.3.zip"
mkdir result && (cd result && unzip -q "$release/acme-app-1.2.3.zip" && cd plugins && unzip -q extra.zip)
for file in bin/app.exe bin/answer.dll plugins/bin/answer.dll; do
	osslsigncode_verify 0 ca.pem "result/$file" 'Timestamp Server Signature verification: ok'
	cp "result/$file" flipped && printf '\377' | dd of=flipped bs=1 seek=1500 conv=notrunc 2> /dev/null
	osslsigncode_verify 1 ca.pem flipped
done
want 0 openssl cms -verify -binary -inform DER -in result/sbom.json.p7s -content result/sbom.json \
    -CAfile ca.pem -purpose any -out /dev/null
same build/run.sh result/run.sh
same made/sbom.json result/sbom.json
want 0 "$TAGSEAL" verify --roots ca.pem --tsa-roots ca.pem "$release/acme-app-1.2.3.zip"

# ---- what the ledger says, to others
git clone -q --bare repos/ledger.git clone.git
head=$(git -C clone.git rev-parse refs/heads/tagseal/ledger)
want 0 "$TAGSEAL" audit verify --repo clone.git --log-key "$log_key"
says 'sound'
says '4 uses of keys, each as it was intended; 0 intents open'
jq -j .checkpoint "$release/acme-app-1.2.3.zip.receipt.json" > checkpoint
verified=$(git -C clone.git log --format=%H --grep=' verified: acme-app v1.2.3 ' "$head")
want 0 python3 "$SOURCE/tests/ledger/check_ledger.py" clone.git "$head" "$log_key"
want 0 python3 "$SOURCE/tests/ledger/check_ledger.py" clone.git "$verified" "$log_key" checkpoint \
    "$release/acme-app-1.2.3.zip.receipt.json"
want 0 git -C clone.git fsck --strict
git -C clone.git grep -ho '"commit_key":"[^"]*' "$head" -- events | sed 's/.*"/engine namespaces="git" /' > signers
want 0 git -C clone.git -c gpg.format=ssh -c gpg.ssh.allowedSignersFile="$WORLD/signers" log --show-signature --format='%s' "$head"
says 'Good "git" signature for engine'
says "${id:0:15} authorised: acme-app v1.2.3 release-signing (2/2 approvals)"
want 0 test "$(grep -c 'Good "git" signature' <<< "$out")" -eq "$(git -C clone.git rev-list --count "$head")"
printf 'alice %s\n' "$(cut -d' ' -f1,2 keys/alice.pub)" > alice
want 0 git -C app -c gpg.format=ssh -c gpg.ssh.allowedSignersFile="$WORLD/alice" verify-tag v1.2.3
# The receipt is about this very file, and the signatures are those counted.
receipt() { jq -r .event "$release/acme-app-1.2.3.zip.receipt.json" | base64 -d | jq -r "$1"; }
want 0 test "$(receipt .artifact_sha256)" = "$(sha256sum < "$release/acme-app-1.2.3.zip" | cut -d' ' -f1)"
want 0 test "$(receipt .input_sha256)" = "$(sha256sum < input.zip | cut -d' ' -f1)"
want 0 test "$(receipt .signatures)" = 4
# What was signed inside, once it is unpacked, has its answer in the same receipt.
paper=$release/acme-app-1.2.3.zip.receipt.json
for file in bin/app.exe bin/answer.dll plugins/extra.zip plugins/bin/answer.dll sbom.json sbom.json.p7s; do
	want 0 "$TAGSEAL" audit receipt --log-key "$log_key" "$paper" "result/$file"
	says 'is a part of it'
	want 0 python3 "$SOURCE/tests/ledger/stranger.py" receipt "$log_key" "$paper" "result/$file"
done
refuses RECEIPT-FILE 1 "$TAGSEAL" audit receipt --log-key "$log_key" "$paper" result/run.sh
want 1 python3 "$SOURCE/tests/ledger/stranger.py" receipt "$log_key" "$paper" result/run.sh
want 0 "$TAGSEAL" verify --roots ca.pem --tsa-roots ca.pem --receipt --log-key "$log_key" "$release/acme-app-1.2.3.zip"
want 0 "$TAGSEAL" verify --roots ca.pem --tsa-roots ca.pem --receipt="$paper" --log-key "$log_key" result/bin/app.exe
want 0 "$TAGSEAL" receipt result/bin/app.exe --repo clone.git --log-key "$log_key"
want 0 "$TAGSEAL" audit tiles tiles --repo clone.git --log-key "$log_key"
want 0 python3 "$SOURCE/tests/ledger/stranger.py" tiles "$log_key" tiles
want 0 test "$(events keys.used | jq .count)" = 4
# Where the key was, the token itself says; which certificate, its bytes.
serial=$(softhsm2-util --show-slots | sed -n 's/^ *Serial number: *\([0-9a-f]\+\) *$/\1/p' | head -1)
der=$(openssl x509 -in config/certificates/acme-release.pem -outform DER | sha256sum | cut -d' ' -f1)
for type in keys.intended keys.used; do
	want_same "$der test $serial" "$(events $type | jq -r '.certificate_sha256 + " " + .token.label + " " + .token.serial')" "$type says"
done
want 0 test "$(events request.authorised | jq '.approvals | length')" = 2
want 0 test "$(events artifact.resolved | jq .n)" -lt "$(events request.authorised | jq .n)"
events '' > "$WORLD/all"
cd "$npm"
want 0 node "$SOURCE/tests/ledger/judge_events.mjs" "$SOURCE/schemas/events" < "$WORLD/all"
cd "$WORLD"
says "$(wc -l < all)"

# ---- nobody is asked for a test signature, and it is done in one pass
build 1.3.0
(cd made && zip -qX ../ci/acme-app-1.3.0.zip sbom.json)
VERSION=1.3.0 tag ci-acme test/1.3.0 test-signing ci/acme-app-1.3.0.zip
pass_of_engine
want 0 ledger wait test/1.3.0 --timeout 1s --json
want 0 test "$(jq -r .state <<< "$out")" = completed
want 0 sh -c "cd out/acme-app/test/1.3.0 && sha256sum -c --strict SHA256SUMS"

# ---- what is published stays: the same bytes again are fine, others are not
size=$(size_of_ledger)
pass_of_engine
want 0 test "$(size_of_ledger)" -eq "$size"
want 0 test -z "$(ls -A state/judge/results)"

# ---- who is told
told_in_order
told_is_good
told_fails

# ---- a repository that is not there holds nobody else up
mv repos/acme-agent.git repos/away.git
VERSION=1.3.0 tag ci-acme test/again test-signing ci/acme-app-1.3.0.zip
want 5 engine --once
want 0 grep -q PASS-INCOMPLETE engine.log
want 0 test "$(state_of test/again)" = completed
