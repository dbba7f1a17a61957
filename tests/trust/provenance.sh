#!/usr/bin/env bash
# provenance - a policy that asks how artifacts were built: what a trusted build
# system says of these bytes, this repository and this commit is taken from
# each place; everything else is refused with its code, and nothing is signed.
script=provenance.sh
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=matrix.sh
. "$SOURCE/tests/trust/matrix.sh"
# shellcheck source=../e2e/engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=../e2e/attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"
# shellcheck source=../npm.sh
. "$SOURCE/tests/npm.sh"
npm_sigstore

repo=https://git.acme.example/acme/app
builder=https://ci.acme.example/runner

# ---- build systems: a key, an authority, and one that the policy leaves out
openssl_key() { openssl genpkey "${@:2}" -out "keys/$1.key" 2> /dev/null && openssl pkey -in "keys/$1.key" -pubout -out "keys/$1.pub"; }
make_build_systems() {
	mkdir -p config/build-systems
	openssl_key ci -algorithm EC -pkeyopt ec_paramgen_curve:P-256
	openssl_key spare -algorithm ED25519
	openssl_key forged -algorithm EC -pkeyopt ec_paramgen_curve:P-256
	openssl_key runner -algorithm RSA -pkeyopt rsa_keygen_bits:3072
	openssl req -x509 -newkey ed25519 -nodes -keyout keys/root.key -subj '/CN=CI root' -out config/build-systems/root.pem 2> /dev/null
	printf 'subjectAltName=URI:%s\nkeyUsage=digitalSignature\n' "$builder" > ext
	openssl req -new -key keys/runner.key -subj /CN=runner | openssl x509 -req -CA config/build-systems/root.pem \
	    -CAkey keys/root.key -set_serial 1 -extfile ext -days 9 -out keys/runner.crt 2> /dev/null
	cp keys/ci.pub config/build-systems/ci.pem
	cp keys/spare.pub config/build-systems/spare.pem
	printf 'keys: [{file: ci.pem}]\nbuilders: ["%s"]\nbuild-types: ["%s/v1"]\n' "$builder" "$builder" > config/build-systems/ci.yaml
	printf 'keys: [{file: spare.pem}]\nbuilders: ["%s"]\n' "$builder" > config/build-systems/spare.yaml
	printf 'keys: [{roots: root.pem, names: ["uri:%s"]}]\nbuilders: ["%s"]\n' "$builder" "$builder" > config/build-systems/fleet.yaml
}

more_config() {
	make_build_systems
	cat >> config/projects/acme-app/policies/test-signing.yaml <<END
origin:
  provenance:
    required: true
    build-systems: [ci, fleet]
    sources: ["$repo"]
    parameters: [{pointer: /workflow, values: [release.yml]}]
    other-parameters: refuse
END
	sed 's@pointer: /workflow@pointer: /entryPoint@' config/projects/acme-app/policies/test-signing.yaml \
	    > config/projects/acme-app/policies/old-signing.yaml
	sed -i 's@private-address: true}@private-address: true, attestation-suffix: .intoto.jsonl, attestation-refs: refs/tags/attest/, attestation-notes: true}@' \
	    config/projects/acme-app/project.yaml
}
make_world

# attest FILE [KEY=VALUE…]: an envelope about a file, on one line. The encoding
# that is signed is written here, and openssl signs it.
attest() { python3 - "$@" <<'PY'
import base64, hashlib, json, os, subprocess, sys, tempfile
o = dict(key='ci', repo=os.environ['REPO'], commit=os.environ['COMMIT'], builder=os.environ['BUILDER'],
    workflow='release.yml', v='1', cert='', more='', type='/v1')
o.update(a.split('=', 1) for a in sys.argv[2:])
subject = [{'name': 'x', 'digest': {'sha256': hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest()}}]
uri, kind, choice = 'git+' + o['repo'] + '@refs/heads/main', os.environ['BUILDER'] + o['type'], {'workflow': o['workflow']}
if o['more']:
    choice[o['more']] = 1
statement = {'_type': 'https://in-toto.io/Statement/v1', 'subject': subject,
    'predicateType': 'https://slsa.dev/provenance/v1', 'predicate': {
    'buildDefinition': {'buildType': kind, 'externalParameters': choice,
        'resolvedDependencies': [{'uri': uri, 'digest': {'gitCommit': o['commit']}}]},
    'runDetails': {'builder': {'id': o['builder']}, 'metadata': {'invocationId': o['builder'] + '/runs/7'}}}}
if o['v'] == '0.2':
    source = {'uri': uri, 'digest': {'sha1': o['commit']}, 'entryPoint': o['workflow']}
    statement = {'_type': 'https://in-toto.io/Statement/v0.1', 'subject': subject,
        'predicateType': 'https://slsa.dev/provenance/v0.2', 'predicate': {'buildType': kind,
        'builder': {'id': o['builder']}, 'invocation': {'configSource': source}, 'materials': [source]}}
payload, t = json.dumps(statement).encode(), b'application/vnd.in-toto+json'
pae = b'DSSEv1 %d %s %d %s' % (len(t), t, len(payload), payload)
signatures = []
if o['key']:
    with tempfile.NamedTemporaryFile() as f:
        f.write(pae)
        f.flush()
        key = 'keys/%s.key' % o['key']
        how = ['pkeyutl', '-sign', '-rawin', '-inkey', key, '-in', f.name] if o['key'] == 'spare' else ['dgst', '-sha256', '-sign', key, f.name]
        value = subprocess.run(['openssl'] + how, check=True, capture_output=True).stdout
    signatures = [{'keyid': '', 'sig': base64.b64encode(value).decode()}]
    if o['cert']:
        signatures[0]['cert'] = open(o['cert']).read()
print(json.dumps({'payloadType': t.decode(), 'payload': base64.b64encode(payload).decode(), 'signatures': signatures}))
PY
}
export REPO=$repo BUILDER=$builder
old=$(git -C app rev-parse main)
build 0.9.0
by alice app commit -q --allow-empty -S -m 'More'
mkdir -p app/dist && build 3.0.0 && cp ci/acme-app-3.0.0.zip app/dist/
by alice app add dist && by alice app commit -q -S -m 'A built file' && by alice app push -q origin main
COMMIT=$(git -C app rev-parse main)
export COMMIT
build 1.0.0
build 2.0.0
a=ci/acme-app-1.0.0.zip

# beside NAME [KEY=VALUE…]: a tag for the artifact under another address, with
# what attest says (or what is in stdin) in the file beside it.
release() { manifest file="$1.zip" | tag_text alice "v-$1"; }
beside() { cp "$a" "ci/$1.zip"; attest "$a" "${@:2}" > "ci/$1.zip.intoto.jsonl"; release "$1"; }

# ---- good ones, from each place and of each kind
beside good
cp "$a" ci/old.zip && attest "$a" v=0.2 > ci/old.zip.intoto.jsonl
manifest file=old.zip policy=old-signing | tag_text alice v-old
beside two v=0.2
beside fleet key=runner cert=keys/runner.crt
# bundle NAME KEY: what npm's packages make of a statement.
bundle() {
	cp "$a" "ci/$1.zip"
	attest "$a" key= | jq -r .payload | base64 -d > statement
	(cd "$npm" && node "$SOURCE/tests/e2e/bundle.mjs" "$WORLD/keys/$2.key" "$WORLD/keys/runner.crt" "$WORLD/statement") \
	    > "ci/$1.zip.intoto.jsonl"
	release "$1"
}
bundle sigstore runner
cp "$a" ci/lines.zip
{ attest "$a" key=forged; attest ci/acme-app-2.0.0.zip; attest "$a"; } > ci/lines.zip.intoto.jsonl
release lines
# attested FILE SHA256: the manifest that names a file of attestations.
attested() { sed "s@^\(     from: .*\)}@\1, attestation: {from: \"$ci/$1\", sha256: \"$2\"}}@"; }
cp "$a" ci/named.zip && attest "$a" > ci/named.json
manifest file=named.zip | attested named.json "$(sha256sum < ci/named.json | cut -d' ' -f1)" | tag_text alice v-named
# a tag of a file, made by stock git
attest_tag() { git -C app tag "attest/$(sha256sum < "$1" | cut -d' ' -f1)/$2" "$(git -C app hash-object -w --stdin)"; }
attest ci/acme-app-2.0.0.zip | attest_tag ci/acme-app-2.0.0.zip 1
manifest file=acme-app-2.0.0.zip name=acme-app-2.0.0.zip version=2.0.0 | tag_text alice v-tag

# noted NAME [KEY=VALUE…]: a commit of its own, with what attest says of the
# artifact (or what is in stdin) as its note, and a tag.
commit_of() { by alice app commit -q --allow-empty -S -m "$1"; at=$(git -C app rev-parse HEAD); }
note() { by alice app notes --ref "${3:-attestations}" add -F "$WORLD/$2" "$1"; }
noted() {
	commit_of "$1"
	cp "$a" "ci/$1.zip"
	attest "$a" commit="$at" "${@:2}" > note.json
	note "$at" note.json
	manifest file="$1.zip" | tag_text alice "v-$1" "$at"
}
git -C app switch -q -c notes
noted note
attest ci/acme-app-2.0.0.zip commit="$at" > more.json
by alice app notes --ref attestations append -F "$WORLD/more.json" "$at"

# ---- bad siblings
# claims NAME [FILE] JQ: the last envelope that the attack shows is such a one,
# and says so.
claims() {
	local file=ci/$1.zip.intoto.jsonl
	[[ $# -eq 2 ]] || file=$2
	making=provenance-$1
	there jq -es "length == 1 and (.[0] | ${*: -1})" <(tail -n 1 "$file" |
	    jq '(.dsseEnvelope // .) | . + {said: (.payload | @base64d | fromjson)}')
}
noted_in() { git -C app notes --ref attestations show "v-$1^{}" > "$1.json"; }
noted note-old commit="$old"
noted_in note-old && claims note-old note-old.json ".said.predicate.buildDefinition.resolvedDependencies[0].digest.gitCommit == \"$old\""
noted note-forged key=forged
noted_in note-forged && claims note-forged note-forged.json '.signatures | length == 1'
noted note-cut && truncate -s -20 note.json && by alice app notes --ref attestations add -f -F "$WORLD/note.json" "$at" 2> /dev/null
noted_in note-cut && making=provenance-note-cut && there ! jq . note-cut.json
source_of='.said.predicate.buildDefinition.resolvedDependencies[0]'
cp "$a" ci/another.zip && attest ci/acme-app-0.9.0.zip > ci/another.zip.intoto.jsonl && release another
claims another ".said.subject[0].digest.sha256 != \"$(sha256sum < "$a" | cut -d' ' -f1)\""
beside repo repo=https://git.acme.example/acme/fork && claims repo "$source_of.uri | contains(\"acme/fork\")"
beside commit commit="$old" && claims commit "$source_of.digest.gitCommit == \"$old\""
beside builder builder=https://ci.acme.example/laptop && claims builder '.said.predicate.runDetails.builder.id | endswith("laptop")'
beside type type=/v2 && claims type '.said.predicate.buildDefinition.buildType | endswith("/v2")'
beside workflow workflow=test.yml && claims workflow '.said.predicate.buildDefinition.externalParameters.workflow == "test.yml"'
beside more more=debug && claims more '.said.predicate.buildDefinition.externalParameters.debug == 1'
beside unsigned key= && claims unsigned '.signatures == []'
for key in forged spare; do beside $key key=$key && claims $key '.signatures[0].sig | length > 60'; done
bundle bundled forged && jq -c . ci/bundled.zip.intoto.jsonl > bundled.json && claims bundled bundled.json '.signatures | length == 1'
beside stranger key=forged cert=keys/runner.crt && claims stranger '.signatures[0].cert | startswith("-----BEGIN")'
cp "$a" ci/conflict.zip && { attest "$a"; attest "$a" commit="$old"; } > ci/conflict.zip.intoto.jsonl && release conflict
claims conflict "$source_of.digest.gitCommit == \"$old\""
beside cut && truncate -s -20 ci/cut.zip.intoto.jsonl
making=provenance-cut && there ! jq . ci/cut.zip.intoto.jsonl
beside changed && sed -i 's/"payload": "e/"payload": "f/' ci/changed.zip.intoto.jsonl
making=provenance-changed && there ! cmp ci/changed.zip.intoto.jsonl ci/good.zip.intoto.jsonl
cp "$a" ci/empty.zip && : > ci/empty.zip.intoto.jsonl && release empty
making=provenance-empty && there test ! -s ci/empty.zip.intoto.jsonl
cp "$a" ci/digest.zip && manifest file=digest.zip | attested named.json "$(printf '%064d' 0)" | tag_text alice v-digest
making=provenance-digest && there test -s ci/named.json
cp "$a" ci/outside.zip && manifest file=outside.zip | sed "s@^\(     from: .*\)}@\1, attestation: {from: \"http://127.0.0.1:9/x\", sha256: \"$(printf '%064d' 0)\"}}@" | tag_text alice v-outside
making=provenance-outside && there grep -F 127.0.0.1:9 <(tag_object v-outside)
# the old release, replayed: its artifact and what was said of it, on a new tag
cp ci/acme-app-0.9.0.zip ci/replayed.zip && attest ci/replayed.zip commit="$old" > ci/replayed.zip.intoto.jsonl && release replayed
claims replayed "$source_of.digest.gitCommit == \"$old\""
# more than may be read
beside large && head -c 1100000 /dev/zero | tr '\0' ' ' >> ci/large.zip.intoto.jsonl
making=provenance-large && there test "$(stat -c %s ci/large.zip.intoto.jsonl)" -gt 1100000

# ---- what is not there yet
cp "$a" ci/late.zip && release late
path() { manifest file="acme-app-$1.zip" name="acme-app-$1.zip" version="$1" | sed "s@^     from: .*@     path: dist/acme-app-$1.zip}@"; }
path 3.0.0 | tag_text alice v-path
build 4.0.0 && cp ci/acme-app-4.0.0.zip app/dist/ && git -C app add dist
commit_of 'noted elsewhere' && attest ci/acme-app-4.0.0.zip commit="$at" > late.json
note "$at" late.json commits
path 4.0.0 | tag_text alice v-note-late "$at"
git -C app switch -q main
git -C app push -q origin notes 'refs/notes/*:refs/notes/*'
push_tags
pass_of_engine

look
completes v-good v-old v-fleet v-lines v-named v-sigstore v-tag v-note
failed ORIGIN-PROVENANCE-PARAMETER v-two
while read -r id; do
	name=${id#provenance-} trouble=
	[[ ! -e out/acme-app/v-$name ]] || trouble=' it was published;'
	row "$id" "$(codes_of request.failed "v-$name" | paste -sd' ')" "$trouble"
done < <(rows_of "$script" | cut -f1)
rows_done
want 0 grep -qF 'conflict.zip.intoto.jsonl (2 of 2) says of the same bytes' <<< "$(jq -r --arg id "$(request v-conflict)" \
    'select(.type == "request.failed" and .request == $id) | .findings[].text' ledger.json)"
want_same JSON-MALFORMED "$(jq -r --arg id "$(request v-cut)" 'select(.type == "request.failed" and .request == $id) |
    .findings[].cause' ledger.json)" 'the cause of v-cut is'
want_same waiting "$(state_of v-late)" 'v-late is'
want_same waiting "$(state_of v-path)" 'v-path is'
want_same waiting "$(state_of v-note-late)" 'v-note-late is'
signed_only v-good v-old v-fleet v-lines v-named v-sigstore v-tag v-note
alive
# What failed is not asked for again.
counts "$(git -C app tag -l 'v-*' | wc -l)" request.created

# waits TEXT REF: what the ledger says that it waits for.
waits() {
	want 0 grep -qF "$1" <<< "$(jq -r --arg id "$(request "$2")" \
	    'select(.type == "request.waiting" and .request == $id) | .missing[]' ledger.json)"
}
waits ATTESTATION-AWAITED v-path
waits 'no note on the commit' v-note-late
waits NET- v-late

# ---- the ledger holds what was relied on, and which rule it met
evidence() { jq -r --arg id "$(request "$1")" --arg type "$2" 'select(.type == $type and .request == $id) |
    .evidence[]? | select(.what == "attestation") | .raw_sha256' ledger.json; }
sum() { sha256sum < "$1" | cut -d' ' -f1; }
want_same "$(sum ci/good.zip.intoto.jsonl)" "$(evidence v-good artifact.retrieved)" 'evidence of v-good is'
want_same "$(sum ci/conflict.zip.intoto.jsonl)" "$(evidence v-conflict request.failed)" 'evidence of v-conflict is'
hex=$(sum ci/good.zip.intoto.jsonl)
want_same "$hex" "$(git -C repos/ledger.git cat-file blob "tagseal/ledger:blobs/sha256/${hex:0:2}/${hex:2:2}/${hex:4}" | sha256sum | cut -d' ' -f1)" 'the blob is'
for type in artifact.retrieved artifact.verified; do
	want_same "$hex ci $builder $builder/runs/7" "$(jq -r --arg id "$(request v-good)" --arg type "$type" 'select(.type == $type and .request == $id) |
	    .builds[] | [.attestation_sha256, .build_system, .builder, .invocation] | join(" ")' ledger.json)" "the build in $type is"
done
want 0 grep -qF 'trusted build systems made each artifact' <<< "$(jq -r --arg id "$(request v-good)" \
    'select(.type == "request.authorised" and .request == $id) | .reasons[].text' ledger.json)"
want_same 'build-systems/ci.pem build-systems/ci.yaml build-systems/fleet.yaml build-systems/root.pem' \
    "$(jq -r --arg id "$(request v-good)" 'select(.type == "request.created" and .request == $id) |
    .body.config.files | keys[] | select(startswith("build-systems/"))' ledger.json | paste -sd' ')" 'the request rests on'

# ---- all of them come
attest ci/acme-app-3.0.0.zip | attest_tag ci/acme-app-3.0.0.zip 1
attest "$a" > ci/late.zip.intoto.jsonl
note v-note-late^{} late.json
git -C app push -q origin refs/notes/attestations
push_tags
sleep 2
pass_of_engine
completes v-late v-path v-note-late
alive
