#!/usr/bin/env bash
# attacks - bad tags and bad artifacts: each is refused with its code, nothing
# is signed for it, and the good ones beside it are.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"

# ---- more people, a strict configuration, small limits
more_config() {
	person dora developers 'disabled: true' 'keys:' '  - KEY'
	person rick developers 'keys:' '  - KEY' '    revoked: {at: "2020-01-01", reason: stolen}'
	person olaf developers 'keys:' '  - KEY' '    valid-to: "2020-01-01"'
	person nora developers 'keys:' '  - KEY' '    valid-from: "2099-01-01"'
	printf 'limits: {artifact-size: 1MiB, nested-depth: 2, entries: 50, expansion-ratio: 20}\n' >> config/tagseal.yaml
	sed -e 's/^    other-files: keep/    other-files: refuse/' config/projects/acme-app/artifacts/default.yaml > config/projects/acme-app/artifacts/strict.yaml
	sed -i 's/^artifact-configurations: .*/artifact-configurations: [default, strict]/' config/projects/acme-app/policies/test-signing.yaml
	{ cat config/projects/acme-app/policies/test-signing.yaml; echo 'malware-scan: required'; } > config/projects/acme-app/policies/scanned.yaml
}
make_world
ssh-keygen -q -N '' -t ed25519 -C mallory -f keys/mallory
build 1.0.0

# ---- objects that are no signed tag
good=$(git -C app rev-parse main)
manifest | tag_text alice v1.0.0
git -C app tag v-light
manifest | tag_text alice v-nested v1.0.0
git -C app update-ref refs/tags/v-tree "$(git -C app rev-parse 'main^{tree}')"
git -C app update-ref refs/tags/v-other "$(git -C app rev-parse v1.0.0)"
{ printf 'Release\n\n---\n'; manifest; } | by alice app tag -a -F - --cleanup=verbatim v-unsigned
begin='-----BEGIN SSH SIGNATURE-----'
named() { tag_object v1.0.0 | sed "s/^tag v1.0.0$/tag $1/"; }
signature() { tag_object "$1" | sed -n "/^$begin/,\$p"; }
manifest | tag_text alice v-two && { tag_object v-two; signature v-two; } | put_tag v-two
manifest | tag_text alice v-tail && { tag_object v-tail; echo 'and more'; } | put_tag v-tail
named v-swapped | put_tag v-swapped
manifest | tag_text alice v-head && tag_object v-head | sed '4i\encoding UTF-16' | put_tag v-head
{ named v-huge | sed "/^$begin/,\$d"; head -c 2000000 /dev/zero | tr '\0' x; echo; signature v1.0.0; } | put_tag v-huge

unsigned() { named "$1" | sed "/^$begin/,\$d"; }
armored() { printf -- '-----BEGIN %s-----\n\n%s\n-----END %s-----\n' "$1" "$2" "$1"; }
junk=$(head -c 300 /dev/urandom | base64)
{ unsigned v-pgp; armored 'PGP SIGNATURE' "$junk"; } | put_tag v-pgp
{ unsigned v-message; armored 'PGP MESSAGE' "$junk"; } | put_tag v-message
{ unsigned v-x509; armored 'SIGNED MESSAGE' "$junk"; } | put_tag v-x509
{ unsigned v-ssh; armored 'SSH SIGNATURE' "$junk"; } | put_tag v-ssh

# ---- signers
for who in mallory carol dora rick olaf nora; do manifest | tag_text "$who" "v-$who"; done

# ---- what the manifest asks for
manifest project=acme-agent | tag_text alice v-agent
manifest project=nobody | tag_text alice v-nobody
manifest policy=no-policy | tag_text alice v-policy
manifest policy=release-signing | tag_text alice v-pattern
manifest policy=scanned | tag_text alice v-scan
manifest configuration=none | tag_text alice v-configuration
manifest | sed -n 1,4p | tag_text alice v-cut
printf 'words\n' | by alice app tag -s -F - --cleanup=verbatim v-words main
{ manifest; echo 'policy: release-signing'; } | tag_text alice v-twice
manifest | sed 's/^policy: /policy: \&a /' | tag_text alice v-anchor
manifest | sed 's/^policy: /policy: !!str /' | tag_text alice v-typed
manifest | sed '2i# a remark' | tag_text alice v-remark
{ manifest; printf 'also: "%070000d"\n' 0; } | tag_text alice v-large
{ manifest; echo 'surprise: 1'; } | tag_text alice v-unknown
{ manifest | sed 's/^parameters.*//'; manifest name=ACME-app-1.0.0.ZIP | sed -n '/^  - /,$p'; } | tag_text alice v-case
{ manifest | sed 's/^parameters.*//'; manifest name=other.zip | sed -n '/^  - /,$p'; } | tag_text alice v-same
# many N NAME: so many artifacts; what comes of them in the ledger is larger.
many() { manifest | sed '/^artifacts/,/from:/d'; echo 'artifacts:'
	local i; for ((i = 0; i < $1; i++)); do printf -- '- {name: "%s%d", sha256: "%064d", size: 1, path: a%s}\n' "$2" "$i" "$i" "${3:-}"; done; }
many 580 a | tag_text alice v-many
many 200 "$(printf 'n%.0s' {1..150})" ', configuration: none' | tag_text alice v-wordy
manifest | tag_text alice "$(printf 'v-\377')"
manifest | tag_text alice "v-$(printf 'x%.0s' {1..240})/$(printf 'y%.0s' {1..240})"
manifest name=../x.zip | tag_text alice v-name
manifest | sed '/^artifacts/,/from:/d' | tag_text alice v-nothing
{ manifest | sed '/^artifacts/,/from:/d'; printf 'resubmit: sr-%064d\n' 0; } | tag_text alice v-resubmit

# ---- where the commit comes from, for a policy that asks
alone=$(by alice app commit-tree -S -m 'Nowhere' -p main 'main^{tree}')
hidden=$(git -C app -c user.name=alice -c user.email=a commit-tree -m 'Unsigned' -p main 'main^{tree}')
above=$(by alice app commit-tree -S -m 'Above' -p "$hidden" 'main^{tree}')
foreign=$(by mallory app commit-tree -S -m 'Foreign' -p main 'main^{tree}')
git -C app push -q origin "$above:refs/heads/release/1.1" "$foreign:refs/heads/release/1.2"
manifest policy=release-signing | tag_text alice v1.0.1 "$alone"
manifest policy=release-signing | tag_text alice v1.0.2 "$above"
manifest policy=release-signing | tag_text alice v1.0.3 "$foreign"

# ---- artifacts
zip_with() { rm -f "ci/$1"; python3 - "ci/$1" "$2" <<'PY'
import struct, sys, warnings, zipfile
warnings.simplefilter('ignore')
path, kind = sys.argv[1:]
app = open('made/app.exe', 'rb').read()
with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as z:
    z.writestr('bin/app.exe', app)
    if kind == 'dotdot':
        z.writestr('bin/../../etc/passwd', b'x')
    if kind == 'absolute':
        z.writestr('/etc/passwd', b'x')
    if kind == 'twice':
        z.writestr('bin/APP.exe', app)
    if kind == 'bomb':
        z.writestr('bin/zeros', bytes(64 << 20))
    if kind == 'ratio':
        z.writestr('bin/zeros', bytes(1536 << 10))
    if kind == 'many':
        for i in range(60):
            z.writestr('doc/%d' % i, b'x')
data = bytearray(open(path, 'rb').read())
if kind == 'apart':     # the local header names another file
    data[30:41] = b'bin/b00.exe'
if kind == 'large':
    data += bytes(2 << 20)
if kind == 'cut':
    data = data[:len(data) // 2]
open(path, 'wb').write(data)
PY
}
for kind in dotdot absolute twice bomb ratio many apart large cut; do
	zip_with "$kind.zip" "$kind"
	manifest file="$kind.zip" | tag_text alice "v-zip-$kind"
done
LC_ALL=C sed 's/run[.]sh/ruN.sh/' ci/acme-app-1.0.0.zip > ci/changed.zip
{ cat ci/acme-app-1.0.0.zip; echo; } > ci/longer.zip
head -c 9000 ci/acme-app-1.0.0.zip > ci/shorter.zip
manifest sha256="$(printf '%064d' 0)" | tag_text alice v-digest
manifest size=7 | tag_text alice v-small
for kind in changed longer shorter; do manifest from="$ci/$kind.zip" | tag_text alice "v-$kind"; done
manifest from=http://127.0.0.1:9/acme-app-1.0.0.zip | tag_text alice v-host
manifest from="${ci/127.0.0.1/127.0.0.1.acme.example}/acme-app-1.0.0.zip" | tag_text alice v-suffix
manifest from="$ci/%2e%2e/acme-app-1.0.0.zip" | tag_text alice v-escaped
manifest from="$ci/../acme-app-1.0.0.zip" | tag_text alice v-dotted
manifest from="${ci/127/x@127}/acme-app-1.0.0.zip" | tag_text alice v-user
manifest configuration=strict | tag_text alice v-strict
manifest version=1/0 | tag_text alice v-slash
manifest version=1.0..0 | tag_text alice v-dots
manifest version='*' | tag_text alice v-star
# Two good ones, behind the others in the order of names.
manifest | tag_text alice v2.0.0
manifest | tag_text ci-acme vci

push_tags
want_same "$good" "$(git -C repos/acme-app.git rev-parse main)" main
pass_of_engine
look
alive

while read -r code refs; do
	for ref in $refs; do refused "$code" "$ref"; done
done <<'EOT'
REF-KIND		v-light v-nested v-tree
REF-NAME		v-other
SIGNER-SIGNATURE	v-unsigned v-two v-tail v-swapped v-pgp v-message v-x509 v-ssh v-head v1.0.2
REF-SIZE		v-huge
SIGNER-UNKNOWN		v-mallory v1.0.3
REF-SUBMITTER		v-carol
SIGNER-DISABLED		v-dora
SIGNER-KEY-REVOKED	v-rick
SIGNER-KEY-EXPIRED	v-olaf v-nora
REF-PROJECT		v-agent v-nobody
REF-POLICY-UNKNOWN	v-policy
REF-PATTERN		v-pattern
REF-CONFIGURATION	v-configuration v-wordy
REF-MANIFEST		v-cut v-words v-twice v-anchor v-typed v-remark v-large v-unknown v-case v-name v-nothing v-user v-slash v-dots v-star
REF-ARTIFACT-TWICE	v-same
LEDGER-EVENT-SIZE	v-many
REF-BRANCH		v1.0.1
REF-RESUBMIT		v-resubmit
REF-SCAN		v-scan
EOT
while read -r code refs; do
	for ref in $refs; do failed "$code" "$ref"; done
done <<'EOT'
ZIP-NAME			v-zip-dotdot v-zip-absolute
ZIP-NAME-TWICE			v-zip-twice
LIMIT-RATIO			v-zip-ratio
LIMIT-ENTRIES			v-zip-many
ZIP-MISMATCH			v-zip-apart
ZIP-NO-END			v-zip-cut
LIMIT-SIZE			v-zip-large v-zip-bomb
ARTIFACT-DIGEST			v-digest v-changed v-shorter
NET-LARGE			v-small v-longer
NET-URL-OUTSIDE			v-host v-suffix
NET-URL				v-escaped v-dotted
ARTIFACT-UNEXPECTED		v-strict
EOT
completes v1.0.0 v2.0.0 vci
signed_only v1.0.0 v2.0.0 vci

# All of it was told once; a second look says nothing new.
size=$(wc -l < ledger.json)
pass_of_engine
look
want_same "$size" "$(wc -l < ledger.json)" 'events in the ledger'
