#!/usr/bin/env bash
# release - attacks by tags, by what they are made of and by artifacts: all in
# one world with a running engine, beside good ones that must be signed.
script=release.sh
shopt -s lastpipe		# what comes from a pipe is begun here, too
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=matrix.sh
. "$SOURCE/tests/trust/matrix.sh"
# shellcheck source=../e2e/engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=../e2e/attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"

# ---- more people, a strict configuration, small limits, servers that misbehave
mkdir uploads
python3 "$SOURCE/tests/net/http-server" uploads > bad.port &
until [[ -s bad.port ]]; do sleep 0.05; done
bad=http://127.0.0.1:$(cat bad.port)
more_config() {
	local project=config/projects/acme-app
	person dora developers 'disabled: true' 'keys:' '  - KEY'
	person rick developers 'keys:' '  - KEY' '    revoked: {at: "2020-01-01", reason: stolen}'
	person olaf developers 'keys:' '  - KEY' '    valid-to: "2020-01-01"'
	person nora developers 'keys:' '  - KEY' '    valid-from: "2099-01-01"'
	ssh-keygen -q -N '' -t ed25519 -f keys/alice-second
	printf '  - ssh: "%s"\n' "$(cut -d' ' -f1,2 keys/alice-second.pub)" >> config/people/alice.yaml
	printf 'limits: {artifact-size: 1MiB, nested-depth: 2, entries: 50, expansion-ratio: 20}\n' >> config/tagseal.yaml
	sed -e 's/^    other-files: keep/    other-files: refuse/' $project/artifacts/default.yaml > $project/artifacts/strict.yaml
	sed -i 's/^artifact-configurations: .*/artifact-configurations: [default, strict]/' $project/policies/test-signing.yaml
	{ cat $project/policies/test-signing.yaml; echo 'malware-scan: required'; } > $project/policies/scanned.yaml
	cp $project/policies/test-signing.yaml $project/policies/reviewed.yaml
	sed -i "s@{from: \[@&\"$bad/\", @" $project/project.yaml
	sed -i "s@{from: .*@{from: [\"http://169.254.169.254/\", \"${ci/127.0.0.1/localhost}/\"]}@" config/projects/acme-agent/project.yaml
}
make_world
for who in mallory host; do ssh-keygen -q -N '' -t ed25519 -C $who -f keys/$who; done
for who in alice ci-acme; do echo "$who $(cut -d' ' -f1,2 keys/$who.pub)"; done > allowed
git -C app config gpg.ssh.allowedSignersFile "$WORLD/allowed"
build 1.0.0

# begin ID REF [REPO]: what is made now is the attack ID, under this ref.
declare -A ref=() repo=()
begin() { making=$1; ref[$1]=$2; repo[$1]=${3:-acme-app}; }
# by_tag ID REF [WHO]: an attack by what a signed tag says; manifest in stdin.
by_tag() { begin "$1" "$2"; tag_text "${3:-alice}" "$2"; there git -C app show-ref -q --verify "refs/tags/$2"; }
kind() { git -C app cat-file -t "$1"; }
tag_has() { git -C app cat-file tag "$1" | grep -aF -- "$2" > /dev/null; }
in_app() { (cd app && "$@"); }
commit_object() { git -C app hash-object -t commit -w --literally --stdin; }

# ---- objects that are no signed tag
good=$(git -C app rev-parse main)
manifest | tag_text alice v1.0.0
begin tag-light v-light && git -C app tag v-light && there test "$(kind v-light)" = commit
begin tag-nested v-nested && manifest | tag_text alice v-nested v1.0.0 2> /dev/null
there tag_has v-nested 'type tag'
begin tag-tree v-tree && git -C app update-ref refs/tags/v-tree "$(git -C app rev-parse 'main^{tree}')" && there test "$(kind v-tree)" = tree
begin tag-other-name v-other && git -C app update-ref refs/tags/v-other "$(git -C app rev-parse v1.0.0)"
there in_app git verify-tag v-other
there tag_has v-other 'tag v1.0.0'
begin tag-unsigned v-unsigned && { printf 'Release\n\n---\n'; manifest; } | by alice app tag -a -F - --cleanup=verbatim v-unsigned
there ! tag_has v-unsigned 'BEGIN SSH'
opener='-----BEGIN SSH SIGNATURE-----'
named() { tag_object v1.0.0 | sed "s/^tag v1.0.0$/tag $1/"; }
signature() { tag_object "$1" | sed -n "/^$opener/,\$p"; }
unsigned() { named "$1" | sed "/^$opener/,\$d"; }
armored() { printf -- '-----BEGIN %s-----\n\n%s\n-----END %s-----\n' "$1" "$2" "$1"; }
manifest | by_tag tag-two-signatures v-two && { tag_object v-two; signature v-two; } | put_tag v-two
there test "$(tag_object v-two | grep -c -e "$opener")" = 2
manifest | by_tag tag-tail v-tail && { tag_object v-tail; echo 'and more'; } | put_tag v-tail && there tag_has v-tail 'and more'
begin tag-renamed v-renamed && named v-renamed | put_tag v-renamed && there tag_has v-renamed 'tag v-renamed'
manifest | by_tag tag-header v-head && tag_object v-head | sed '4i\encoding UTF-16' | put_tag v-head && there tag_has v-head UTF-16
begin tag-huge v-huge && { unsigned v-huge; head -c 2000000 /dev/zero | tr '\0' x; echo; signature v1.0.0; } | put_tag v-huge
there test "$(git -C app cat-file -s v-huge)" -gt 2000000
begin tag-nul v-nul && { manifest | tag_text alice v-nul; tag_object v-nul; printf '\0and more'; } > nul && put_tag v-nul < nul
there test "$(git -C app cat-file tag v-nul | tr -d '\0' | wc -c)" -lt "$(git -C app cat-file -s v-nul)"
junk=$(head -c 300 /dev/urandom | base64)
while read -r id armor; do
	begin "tag-$id" "v-$id" && { unsigned "v-$id"; armored "$armor" "$junk"; } | put_tag "v-$id"
	there tag_has "v-$id" "BEGIN $armor"
done <<'EOT'
junk-openpgp PGP SIGNATURE
inline-openpgp PGP MESSAGE
junk-x509 SIGNED MESSAGE
junk-ssh SSH SIGNATURE
EOT
manifest | by_tag tag-other-namespace v-namespace && unsigned v-namespace > namespace
ssh-keygen -q -Y sign -f keys/alice -n file namespace && cat namespace namespace.sig | put_tag v-namespace
there ssh-keygen -Y verify -f allowed -I alice -n file -s namespace.sig < namespace

# ---- signers
while read -r id who; do manifest | by_tag "tag-$id" "v-$id" "$who"; done <<'EOT'
stranger mallory
approver carol
disabled dora
revoked rick
expired olaf
early nora
EOT
export GIT_COMMITTER_DATE=2019-06-01T12:00:00Z
manifest | by_tag tag-backdated v-backdated olaf
unset GIT_COMMITTER_DATE
echo "olaf valid-before=\"20200101Z\" $(cut -d' ' -f1,2 keys/olaf.pub)" > olaf
there git -C app -c gpg.ssh.allowedSignersFile="$WORLD/olaf" verify-tag v-backdated
manifest policy=release-signing | by_tag tag-machine-releases v1-machine ci-acme

# ---- what the manifest asks for
manifest project=acme-agent | by_tag tag-other-project v-agent
manifest project=nobody | by_tag tag-no-project v-nobody
manifest policy=no-policy | by_tag tag-no-policy v-policy
manifest policy=release-signing | by_tag tag-pattern v-pattern
manifest policy=scanned | tag_text alice v-scan
manifest configuration=none | by_tag tag-configuration v-configuration
manifest | sed -n 1,4p | by_tag manifest-cut v-cut
begin manifest-words v-words && printf 'words\n' | by alice app tag -s -F - --cleanup=verbatim v-words main && there ! tag_has v-words tagseal
{ manifest; echo 'policy: release-signing'; } | by_tag manifest-key-twice v-twice
manifest | sed 's/^policy: /policy: \&a /' | by_tag manifest-anchor v-anchor
manifest | sed 's/^policy: /policy: !!str /' | by_tag manifest-typed v-typed
manifest | sed '2i# a remark' | by_tag manifest-remark v-remark
{ manifest; printf 'also: "%070000d"\n' 0; } | by_tag manifest-large v-large
{ manifest; echo 'surprise: 1'; } | by_tag manifest-unknown v-unknown
{ manifest | sed 's/^parameters.*//'; manifest name=ACME-app-1.0.0.ZIP | sed -n '/^  - /,$p'; } | by_tag manifest-names-by-case v-case
{ manifest | sed 's/^parameters.*//'; manifest name=other.zip | sed -n '/^  - /,$p'; } | by_tag manifest-same-artifact v-same
# many N NAME: so many artifacts; what comes of them in the ledger is larger.
many() { manifest | sed '/^artifacts/,/from:/d'; echo 'artifacts:'
	local i; for ((i = 0; i < $1; i++)); do printf -- '- {name: "%s%d", sha256: "%064d", size: 1, path: a%s}\n' "$2" "$i" "$i" "${3:-}"; done; }
many 580 a | by_tag manifest-many v-many
many 200 "$(printf 'n%.0s' {1..150})" ', configuration: none' | by_tag manifest-wordy v-wordy
manifest | tag_text alice "$(printf 'v-\377')"
manifest | tag_text alice "v-$(printf 'x%.0s' {1..240})/$(printf 'y%.0s' {1..240})"
manifest name=../x.zip | by_tag manifest-path v-name
manifest | sed '/^artifacts/,/from:/d' | by_tag manifest-empty v-nothing
{ manifest | sed '/^artifacts/,/from:/d'; printf 'resubmit: sr-%064d\n' 0; } | tag_text alice v-resubmit
manifest version=1/0 | by_tag manifest-slash v-slash
manifest version=1.0..0 | by_tag manifest-dots v-dots
manifest version='*' | by_tag manifest-star v-star

# ---- where the commit comes from, for a policy that asks
# from ID REF COMMIT: a release of the commit, which a branch of its own reaches.
from() {
	[[ $1 == origin-no-branch ]] || git -C app push -q origin "$3:refs/heads/release/${1#*-}"
	begin "$1" "$2" && manifest policy=release-signing | tag_text alice "$2" "$3"
	there git -C app merge-base --is-ancestor "$3" "$2"
}
signed_on() { by "$1" app commit-tree -S -m "${3:-Change}" -p "$2" "$2^{tree}"; }
from origin-no-branch v1-nowhere "$(signed_on alice main)"
hidden=$(git -C app -c user.name=alice -c user.email=a commit-tree -m 'Unsigned' -p main 'main^{tree}')
from origin-unsigned v1-hidden "$(signed_on alice "$hidden")"
from origin-stranger v1-foreign "$(signed_on mallory main)"
from origin-web-flow v1-web "$(by host app commit-tree -S -m 'Merge pull request #1' -p main -p "$(signed_on bob main)" 'main^{tree}')"
linked=$(by alice app commit-tree -S -m 'A submodule' -p main "$({ git -C app ls-tree main; printf '160000 commit %s\tvendor\n' "$good"; } | git -C app mktree)")
from origin-submodule v1-submodule "$linked"
there grep -F '160000 commit' <(git -C app ls-tree v1-submodule)
replaced=$(git -C app -c user.name=alice -c user.email=a commit-tree -m 'Unsigned too' -p main 'main^{tree}')
git -C app replace "$replaced" "$(signed_on alice main 'What stock git shows')"
git -C app push -q origin 'refs/replace/*:refs/replace/*'
from origin-replaced v1-replaced "$(signed_on alice "$replaced")"
there git -C app verify-commit "$replaced"
there ! git -C app --no-replace-objects verify-commit "$replaced"
git -C app cat-file commit "$(by alice app commit-tree -S -m Victim -m 'reviewed: no' -p main 'main^{tree}')" > victim
sed -n '/^gpgsig/,/END SSH/p' victim > victim.sig
sed '/^gpgsig/,/END SSH/d' victim > victim.payload
fools() { "$BUILD/tests/extract" app "$1" got.sig got.payload && ssh-keygen -Y verify -f allowed -I alice -n git -s got.sig < got.payload; }
# forged ID: a forged commit (in stdin) below a good one.
forged() {
	local id
	id=$(commit_object)
	from "origin-$1" "v1-$1" "$(signed_on alice "$id")"
	there "${2:-fools}" "$id"
}
git_takes() { git -C app verify-commit "$1"; }
cat victim.payload victim.sig | forged forged-message
sed 's/^reviewed/gpgsigreviewed/' victim.payload | cat - victim.sig | forged forged-prefix
sed '/END SSH/a gpgsig-sha256 anything' victim | forged forged-other-hash git_takes
sed 's/^gpgsig /gpgsigfoo x\n&/' victim | forged forged-glued git_takes

# ---- a real tag of another project
git clone -q repos/acme-app.git sibling 2> /dev/null
manifest | tag_text alice v-replayed
begin replay-sibling v-replayed acme-agent
git -C app push -q "$WORLD/repos/acme-agent.git" main v-replayed
there git -C repos/acme-agent.git show-ref -q --verify refs/tags/v-replayed
there in_app git verify-tag v-replayed
agent() { begin "$1" "$2" acme-agent; manifest project=acme-agent name=acme-agent.exe "${@:3}" | sed '/^parameters/d' | tag_text alice "$2"
	git -C app push -q "$WORLD/repos/acme-agent.git" "$2" && git -C app tag -d "$2" > /dev/null
	there git -C repos/acme-agent.git show-ref -q --verify "refs/tags/$2"; }
agent fetch-metadata v-metadata from=http://169.254.169.254/latest/meta-data/
agent fetch-name-inside v-inside from="${ci/127.0.0.1/localhost}/acme-app-1.0.0.zip"

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
	manifest file="$kind.zip" | by_tag "zip-$kind" "v-zip-$kind"
	there test -s "ci/$kind.zip"
done
LC_ALL=C sed 's/run[.]sh/ruN.sh/' ci/acme-app-1.0.0.zip > ci/changed.zip
{ cat ci/acme-app-1.0.0.zip; echo; } > ci/longer.zip
head -c 9000 ci/acme-app-1.0.0.zip > ci/shorter.zip
manifest sha256="$(printf '%064d' 0)" | by_tag fetch-digest v-digest
manifest size=7 | by_tag fetch-size v-small
for kind in changed longer shorter; do
	manifest from="$ci/$kind.zip" | by_tag "fetch-$kind" "v-$kind"
	there ! cmp "ci/$kind.zip" ci/acme-app-1.0.0.zip
done
manifest from=http://127.0.0.1:9/acme-app-1.0.0.zip | by_tag fetch-other-host v-host
manifest from=http://169.254.169.254/latest/meta-data/ | by_tag fetch-metadata-url v-metadata-url
manifest from="${ci/127.0.0.1/127.0.0.1.acme.example}/acme-app-1.0.0.zip" | by_tag fetch-suffix v-suffix
manifest from="$ci/%2e%2e/acme-app-1.0.0.zip" | by_tag fetch-escaped v-escaped
manifest from="$ci/../acme-app-1.0.0.zip" | by_tag fetch-dotted v-dotted
manifest from="${ci/127/x@127}/acme-app-1.0.0.zip" | by_tag fetch-user v-user
manifest from=file:///etc/passwd | by_tag fetch-file v-file
manifest from=--upload-file | by_tag fetch-option v-option
manifest configuration=strict | by_tag zip-unexpected v-strict
manifest from="$bad/redirect" | by_tag fetch-redirect v-redirect
there test "$(curl -s -o /dev/null -w '%{http_code}' "$bad/redirect")" = 302
manifest from="$bad/redirect/metadata" | by_tag fetch-redirect-metadata v-redirect-metadata
there grep -F 'Location: http://169.254.169.254/' <(curl -s -i "$bad/redirect/metadata")
manifest from="$bad/endless" | by_tag fetch-endless v-endless
# A server that shows the right bytes first, and others when it is asked again.
cp ci/acme-app-1.0.0.zip uploads/turning.1 && cp ci/changed.zip uploads/turning.2
manifest policy=release-signing from="$bad/turns/turning" | by_tag fetch-turning v1-turning
manifest policy=reviewed | tag_text alice v3-base
# Two good ones, behind the others in the order of names.
manifest | tag_text alice v2.0.0
manifest | tag_text ci-acme vci

push_tags
want_same "$good" "$(git -C repos/acme-app.git rev-parse main)" main
pass_of_engine
look
alive
completes v1.0.0 v2.0.0 v3-base vci v-replayed
refused REF-RESUBMIT v-resubmit
refused REF-SCAN v-scan
approve carol "$(request v1-turning waiting)"
# What libgit2 cannot parse is in the way of what comes later: it is gone first.
git -C app push -q origin :refs/tags/v-head && git -C app tag -d v-head > /dev/null
pass_of_engine

# ---- what came in since the last release, for a policy that wants a second
# person; each on a branch of its own
echo 'origin: {branches: [main, "release/*"], signed-commits: true, reviewed-by-second-person: true}' >> config/projects/acme-app/policies/reviewed.yaml
change_config 'A second person'
# reviewed ID COMMIT
reviewed() {
	git -C app push -q origin "$2:refs/heads/release/${1#*-}"
	begin "$1" "v3-${1#*-}" && manifest policy=reviewed | tag_text alice "v3-${1#*-}" "$2"
	there git -C app merge-base --is-ancestor "$2" "v3-${1#*-}"
}
# merge WHO SIDE [TREE]
merge() { by "$1" app commit-tree -S -m Merge -p main -p "$2" "${3:-$2^{tree\}}"; }
with_file() { local index=$WORLD/index; GIT_INDEX_FILE=$index git -C app read-tree "$1" && GIT_INDEX_FILE=$index git -C app update-index --add --cacheinfo "100644,$(echo "$2" | git -C app hash-object -w --stdin),$2" && GIT_INDEX_FILE=$index git -C app write-tree; }
tree=$(with_file main change)
side=$(by alice app commit-tree -S -m 'A change' -p main "$tree")
reviewed review-none "$side"
reviewed review-own-merge "$(merge alice "$side")"
reviewed review-second-key "$(merge alice-second "$side")"
reviewed review-machine "$(merge ci-acme "$side")"
reviewed review-host "$(merge host "$side")"
reviewed review-evil-merge "$(merge bob "$side" "$(with_file "$side" sneaked)")"
there git -C app cat-file -e v3-evil-merge:sneaked
reviewed review-good "$(merge bob "$side")"
unset 'ref[review-good]'
push_tags
making=fetch-turning
pass_of_engine
look
alive
there test "$(curl -s "$bad/asked/turning")" -ge 2
good_ones=(v1.0.0 v2.0.0 v3-base vci v-replayed v3-good)
completes "${good_ones[@]}"
signed_only "${good_ones[@]}"

# ---- judged
# codes_at REPO REF: all that its refusals and failures say.
codes_at() {
	jq -rs --arg repo "$WORLD/repos/$1.git" --arg ref "refs/tags/$2" '
	    ([.[] | select(.type == "request.created" and .body.ref == $ref and .body.repo == $repo) | .request]) as $ids |
	    [.[] | select(.type == "request.refused" or .type == "request.failed") |
	    select((.ref == $ref and .repo == $repo) or (.request as $r | $ids | index($r))) |
	    .findings[]?.code] | unique | join(" ")' ledger.json
}
used() {
	jq -rs --arg repo "$WORLD/repos/$1.git" --arg ref "refs/tags/$2" '
	    ([.[] | select(.type == "request.created" and .body.ref == $ref and .body.repo == $repo) | .request]) as $ids |
	    .[] | select(.type == "keys.intended" and (.request as $r | $ids | index($r))) | .n' ledger.json
}
while read -r id; do
	trouble=
	[[ -z $(used "${repo[$id]}" "${ref[$id]}") ]] || trouble=' a key was used for it;'
	[[ ! -e out/${repo[$id]}/${ref[$id]} ]] || trouble+=' it was published;'
	row "$id" "$(codes_at "${repo[$id]}" "${ref[$id]}")" "$trouble"
done < <(printf '%s\n' "${!ref[@]}" | sort)
rows_done

# ---- what lies below a code is told, too
while read -r name want; do want_same "$want" "$(causes "$name")" "causes of $name"; done <<'EOT'
v-unsigned	SIGNER-UNSIGNED:GIT-UNSIGNED
v-light		SIGNER-UNSIGNED:GIT-UNSIGNED REF-MANIFEST:GIT-UNSIGNED
v-nested	SIGNER-SIGNATURE:GIT-TAG-TARGET REF-MANIFEST:GIT-TAG-TARGET
v-two		SIGNER-SIGNATURE:GIT-SIGNATURE-TWICE REF-MANIFEST:GIT-SIGNATURE-TWICE
v-tail		SIGNER-SIGNATURE:GIT-SIGNATURE-MALFORMED REF-MANIFEST:GIT-SIGNATURE-MALFORMED
v-renamed	SIGNER-SIGNATURE:SIGNATURE-BAD
v-head		SIGNER-SIGNATURE:GIT-OBJECT-MALFORMED REF-MANIFEST:GIT-OBJECT-MALFORMED
EOT

# All of it was told once; another look says nothing new.
size=$(wc -l < ledger.json)
pass_of_engine
look
want_same "$size" "$(wc -l < ledger.json)" 'events in the ledger'
