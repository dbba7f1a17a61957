#!/usr/bin/env bash
# plan with pins: the config repo is followed from the pinned root as far as an
# engine would, and no further.
. "$(dirname "$0")/../lib.sh"

# shellcheck source=people.sh
. "$SOURCE/tests/cli/people.sh"
make_people
mkdir home
export HOME=$WORLD/home
git init -q -b main repo
commit carol root
root=$(git -C repo rev-parse HEAD)
mkdir l1 && "$BUILD/tests/write-accepted" l1
pin repo "$root" l1/vkey > trust.yaml

git init -q -b main app
by alice app commit -q -S --allow-empty -m one
cat > message <<END
release

---
tagseal: 1
project: acme-app
policy: release-signing
artifacts:
  - {name: acme-app-1.0.0.zip, size: 3, sha256: "$(printf abc | sha256sum | cut -c1-64)", from: "https://ci.acme.example/builds/acme-app/a.zip", configuration: default}
parameters: {version: "1.0.0"}
END
by alice app tag -s -F "$WORLD/message" --cleanup=verbatim v1.0.0
plan() { "$TAGSEAL" plan --config repo --repo app --project acme-app v1.0.0 "$@"; }
trusted() { plan --trust trust.yaml "$@"; }
id() { git -C repo rev-parse "${1:-HEAD}"; }
policy=repo/projects/acme-app/policies/release-signing.yaml

# ---- the root itself, and what follows it
want 0 plan
says 'unverified: the config repo is taken as it is, no root of it is pinned'
want 0 trusted
says_not unverified
says "verified: the config repo up to ${root:0:12}"
says 'refs/tags/v1.0.0: waiting'
describe alice acme-app 'By its owner'
want 0 trusted --json
want 0 jq -e --arg id "$(id)" '.verified and .config == $id and .pending == null and .outcome == "waiting"' <<< "$out"

# ---- one administrator's commit does not count yet
sed -i 's@^submitters: .*@submitters: [person/bob]@' "$policy"
good=$(id)
commit carol 'Bob alone'
wanted=$(id)
want 0 trusted
says "verified: the config repo up to ${good:0:12}"
says "not in force: ${wanted:0:12}"
says 'refs/tags/v1.0.0: waiting'
want 0 trusted --json
want 0 jq -e --arg id "$good" --arg wanted "$wanted" '.verified and .config == $id and .pending == $wanted' <<< "$out"
# ...unless that is what one wants to try
refuses REF-SUBMITTER 1 trusted --as-is
says unverified
want 1 trusted --as-is --json
want 0 jq -e --arg id "$wanted" '.verified == false and .config == $id' <<< "$out"
# ...or it was endorsed
manifest=$("$TAGSEAL" check --repo repo --range "$good..main" --allow-pending --json | jq -r '.commits[0].manifest_sha256')
as dave tag -s -m "endorse"$'\n\n'"commit: $wanted"$'\n'"manifest-sha256: $manifest" endorse/dave
refuses REF-SUBMITTER 1 trusted
says "verified: the config repo up to ${wanted:0:12}"
git -C repo tag -d endorse/dave > /dev/null
git -C repo reset -q --hard "$good"

# ---- what no engine would follow
sed -i 's@^submitters: .*@submitters: [person/eve]@' "$policy"
commit alice 'not hers'
refuses CHAIN-PATH 1 trusted
says "repo: commit $(git -C repo rev-parse --short=12 HEAD): "
says 'hint: '
git -C repo reset -q --hard "$good"
describe eve acme-app 'by a stranger'
refuses SIGNER-UNKNOWN 1 trusted
want 0 plan
git -C repo reset -q --hard "$good"
printf 'nmae: X\n' >> repo/people/bob.yaml
commit bob unsound
want 1 trusted
git -C repo reset -q --hard "$good"

# ---- another repository than the pinned one
pin repo "$good" l1/vkey > later.yaml
git -C repo reset -q --hard "$root"
refuses GIT-HISTORY-APART 6 plan --trust later.yaml
git -C repo reset -q --hard "$good"
sed "s/commit: \"[0-9a-f]*/commit: \"$(printf '1%.0s' {1..40})/" trust.yaml > missing.yaml
refuses CHAIN-ROOT 6 plan --trust missing.yaml
pin repo "$root" l1/vkey 0b7e0000-0000-4000-8000-00000000000f > other.yaml
refuses CHAIN-ROOT 6 plan --trust other.yaml
refuses FILE-MISSING 2 plan --trust nowhere.yaml
# A person's own pins count unless they are of another organisation.
mkdir -p home/.config/tagseal
cp other.yaml home/.config/tagseal/trust.yaml
refuses CHAIN-ROOT 6 plan
cp missing.yaml home/.config/tagseal/trust.yaml
refuses CHAIN-ROOT 6 plan
refuses CHAIN-ROOT 6 plan --as-is
sed 's/id: "[0-9a-f-]*"/id: "0b7e0000-0000-4000-8000-00000000000f"/' missing.yaml > home/.config/tagseal/trust.yaml
want 0 plan
says unverified
cp trust.yaml home/.config/tagseal/
want 0 plan
says "verified: the config repo up to ${good:0:12}"

# ---- when the engine saw it
printf '    valid-to: "2020-01-01"\n' >> repo/people/alice.yaml
git -C repo reset -q --soft "$root"
commit carol root
root=$(id)
describe alice acme-app 'By Alice, in time'
in_time=$(id)
pin repo "$root" l1/vkey > trust.yaml
refuses SIGNER-KEY-EXPIRED 1 trusted
says 'with --ledger'
mkdir l2 && "$BUILD/tests/write-accepted" l2 accepted "$root" 2019-01-01T00:00:00.000Z accepted "$in_time" 2019-06-01T12:00:00.000Z
sed -i "s@keys: .*@keys: [\"$(cat l2/vkey)\"]}@" trust.yaml
# her tag is new, so it is by the time of today that it is refused
refuses SIGNER-KEY-EXPIRED 1 trusted --ledger l2/ledger.git
says "verified: the config repo up to ${in_time:0:12}"
refuses LEDGER-FORMAT 6 trusted --ledger l1/ledger.git
refuses USAGE 2 trusted --as-is --ledger l2/ledger.git
rm home/.config/tagseal/trust.yaml
refuses USAGE 2 plan --ledger l2/ledger.git --log-key l2/vkey
