#!/usr/bin/env bash
# check --range: pins, the ledger's times, what is not judged, who and what.
. "$(dirname "$0")/../lib.sh"

# shellcheck source=people.sh
. "$SOURCE/tests/cli/people.sh"
make_people
mkdir home
export HOME=$WORLD/home
printf '    valid-to: "2020-01-01"\n' >> repo/people/alice.yaml
printf '    valid-to: "2026-01-02"\n' >> repo/people/bob.yaml
id() { git -C repo rev-parse "$1"; }
git init -q -b main repo
commit carol root
root=$(id HEAD)
describe alice acme-app 'By Alice'
a1=$(id HEAD)
describe bob acme-agent 'By Bob'
b1=$(id HEAD)
describe bob acme-agent 'By Bob again'
b2=$(id HEAD)
range() { "$TAGSEAL" check --repo repo --range "$@"; }

# ---- who, what, by which rule, and what nobody judged
want 1 range "$root..main"
says 'unverified: '
says "refused  ${a1:0:12}  alice  By Alice"
says '  changes  projects/acme-app/project.yaml'
says '  unmet    signature: '
says 'SIGNER-KEY-EXPIRED'
says '  hint     '
says "unjudged ${b1:0:12}  -  By Bob"
says "unjudged ${b2:0:12}  -  By Bob again"
says '2 not judged'
says "the engine would follow this to ${root:0:12}"
want 1 range "$root..main" --json
want 0 jq -e --arg a "$a1" --arg b "$b1" '.allowed == false and .verified == false and .commits[0].commit == $a and
    (.commits | length) == 1 and .unjudged[0] == $b and (.unjudged | length) == 2 and .commits[0].signer == "alice" and
    .commits[0].paths == [{"path": "projects/acme-app/project.yaml", "keys": ["description"], "rule": "signature"}]' <<< "$out"

# ---- years later: by when the engine saw it
ledger() {
	rm -rf "$1" && mkdir "$1"
	"$BUILD/tests/write-accepted" "$@"
}
early=2019-06-01T12:00:00.000Z late=2020-06-01T12:00:00.000Z
ledger l1 accepted "$root" 2019-01-01T00:00:00.000Z accepted "$a1" "$early"
with() { range "$1" --ledger "$2/ledger.git" --log-key "$2/vkey" "${@:3}"; }
want 0 with "$root..$a1" l1
says "allowed  ${a1:0:12}  alice  By Alice"
says '  met      project-description: alice may change projects/acme-app/project.yaml'
says "  ledger   accepted, first seen $early"
want 0 with "$root..$a1" l1 --json
want 0 jq -e --arg at "$early" '.allowed and .commits[0].ledger == "accepted" and .commits[0].first_seen == $at and
    .commits[0].paths[0].rule == "project-description"' <<< "$out"
want 1 with "$root..main" l1
says '  ledger   not seen yet'
says SIGNER-KEY-EXPIRED
ledger l2 accepted "$root" 2019-01-01T00:00:00.000Z refused "$a1" "$late"
want 1 with "$root..$a1" l2
says "  ledger   refused, first seen $late"
says SIGNER-KEY-EXPIRED
# What is older than the ledger was seen when it began, on the first of January 2026.
ledger l3 accepted "$b2" 2026-01-01T00:30:00.000Z
want 0 with "$a1..main" l3
says '  ledger   first seen 2026-01-01T00:00:'
ledger l4
want 1 with "$a1..main" l4
says '  ledger   not seen yet'
# Nobody's word is taken for it.
refuses LEDGER-FORMAT 6 range "$root..$a1" --ledger l1/ledger.git --log-key l2/vkey
want 0 range "$root..$a1" --ledger l1/ledger.git
says "unverified: the ledger's own word"
refuses GIT-REF-MISSING 3 range "$root..$a1" --ledger repo
refuses GIT-REPOSITORY 5 range "$root..$a1" --ledger nowhere

# ---- pins
pin repo "$root" l1/vkey > trust.yaml
trusted() { range "$1" --trust trust.yaml --ledger l1/ledger.git "${@:2}"; }
want 0 trusted "..$a1"
says_not unverified
want 0 trusted "$root..$a1" --json
want 0 jq -e '.verified and .allowed' <<< "$out"
# A has to be what an engine would have come to, and what follows it is not judged then.
want 1 trusted "$b1..main"
says_not unverified
says_not "by today's clock"
says "refused  ${b1:0:12}"
says "unjudged ${b2:0:12}"
want 1 range "$b1..main" --trust trust.yaml
says "refused  ${a1:0:12}"
says "hint: this is before the range: keys were judged by today's clock"
want 1 range "$b1..main"
says 'unverified'
says_not "by today's clock"
says "refused  ${b2:0:12}"
pin repo "$a1" l1/vkey > later.yaml
want 1 range "$root..main" --trust later.yaml
says 'older than the pinned root'
sed "s/payload-sha256: \"[0-9a-f]*/payload-sha256: \"$(printf '0%.0s' {1..64})/" trust.yaml > forged.yaml
refuses CHAIN-ROOT 6 range "..$a1" --trust forged.yaml
pin repo "$root" l1/vkey 0b7e0000-0000-4000-8000-00000000000f > other.yaml
refuses CHAIN-ROOT 6 range "..$a1" --trust other.yaml
refuses USAGE 2 range "..$a1"
refuses USAGE 2 range ".."
refuses FILE-MISSING 2 range "..$a1" --trust nowhere.yaml
# The person's own pins count as well, unless they are of another repository.
mkdir -p home/.config/tagseal
cp trust.yaml home/.config/tagseal/
want 0 range "..$a1" --ledger l1/ledger.git
says_not unverified
git init -q -b main elsewhere
cp -r repo/[a-z]* elsewhere/
git -C elsewhere add . && git -C elsewhere -c user.name=m -c user.email=m@test commit -q -m 'another root'
refuses CHAIN-ROOT 6 "$TAGSEAL" check elsewhere --range HEAD..HEAD
sed -i 's/^id: .*/id: "0b7e0000-0000-4000-8000-00000000000e"/' elsewhere/tagseal.yaml
git -C elsewhere -c user.name=m -c user.email=m@test commit -q -a -m 'another id'
want 0 "$TAGSEAL" check elsewhere --range HEAD..HEAD
says unverified
refuses CHAIN-LEDGER 4 "$TAGSEAL" check elsewhere --range HEAD..HEAD --ledger l1/ledger.git
rm home/.config/tagseal/trust.yaml

# ---- what waits for more signatures
git -C repo checkout -q -b waits "$a1"
sed -i 's/^organization: .*/organization: Other/' repo/tagseal.yaml
commit carol rename
pending=$(id HEAD)
want 1 range "$a1..$pending"
says "pending  ${pending:0:12}  carol  rename"
says CHAIN-PENDING
want 0 range "$a1..$pending" --allow-pending
says CHAIN-PENDING
want 0 range "$a1..$pending" --allow-pending --json
want 0 jq -e '.allowed == false' <<< "$out"
as dave tag -s endorse/one -m x
endorsement=$("$TAGSEAL" endorse --repo repo --name x --dry-run)
as dave tag -s endorse/two -m "$endorsement" "$pending"
tag=$(id endorse/two)
as dave tag -d endorse/one endorse/two > /dev/null
want 0 range "$a1..$pending" --endorsement "$tag"
says "allowed  ${pending:0:12}"
# The ledger has the tag among its evidence, wherever it has gone since.
as dave cat-file tag "$tag" > two.tag
ledger l5 endorsed "$pending" "$WORLD/two.tag"
sed 's/^tag endorse.two/tag endorse/' two.tag > forged.tag
ledger l6 endorsed "$pending" "$WORLD/forged.tag"
git clone -q --no-tags "file://$WORLD/repo" fresh
want 1 git -C fresh cat-file -e "$tag"
want 0 "$TAGSEAL" check --repo fresh --range "$a1..$pending" --ledger l5/ledger.git
says "allowed  ${pending:0:12}"
want 1 "$TAGSEAL" check --repo fresh --range "$a1..$pending" --ledger l6/ledger.git
says CHAIN-PENDING
want 1 "$TAGSEAL" check --repo fresh --range "$a1..$pending" --ledger l4/ledger.git
want 1 range "$a1..$pending" --endorsement "$a1"
refuses GIT-REF-MISSING 3 range "$a1..$pending" --endorsement nothing
# Behind one that waits may stand anything: nobody looked at it.
as eve commit -q -S --allow-empty -m 'behind it'
want 1 range "$a1..waits" --allow-pending
says '1 not judged'
