#!/usr/bin/env bash
# attacks on approvals - who may say what about which request, how often and
# how long. Each request that must not be signed stands beside a good one.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"

# erin approves and develops; two more managers may not sign any more.
more_config() {
	local policies=config/projects/acme-app/policies
	person erin release-managers 'keys:' '  - KEY'
	sed -i 's@^members: \[@&person/erin, @' config/groups/developers.yaml
	person dora release-managers 'disabled: true' 'keys:' '  - KEY'
	person rick release-managers 'keys:' '  - KEY' '    revoked: {at: "2020-01-01", reason: stolen}'
	sed -i 's/count: 1/count: 2/' $policies/release-signing.yaml
	sed 's/expire-after: 7d/expire-after: 3s/' $policies/release-signing.yaml > $policies/quick.yaml
}
make_world
ssh-keygen -q -N '' -t ed25519 -C mallory -f keys/mallory
build 1.0.0

# statement REQUEST [WORD] [REASON]
statement() { printf 'tagseal: 1\nrequest: %s\ndecision: %s\nreason: %s\n' "$1" "${2:-approve}" "${3:-checked}"; }
# say WHO NAME OPTION…: a tag approve/NAME whose statement is in stdin.
say() {
	local who=$1 name=approve/$2; shift 2
	{ printf 'I say\n\n---\n'; cat; } | by "$who" config tag -F - --cleanup=verbatim "${@:--s}" "$name"
	by "$who" config push -q origin "refs/tags/$name"
}
# on_branch WHO MESSAGE OPTION…: a commit of the approvals branch, as it lies there.
on_branch() {
	local who=$1 message=$2; shift 2
	by "$who" approvals add -A
	by "$who" approvals commit -q "$@" -m "$message"
	by "$who" approvals push -q origin HEAD:tagseal/approvals
}
# detached WHO REQUEST NAME: a statement with a signature beside it.
detached() {
	local file=approvals/approvals/$2/$3.yaml
	mkdir -p "${file%/*}"
	statement "$2" > "$file"
	ssh-keygen -q -Y sign -f "keys/$1" -n approval@tagseal "$file"
}
git clone -q repos/config.git approvals 2> /dev/null
git -C approvals switch -q --orphan tagseal/approvals

# ---- one request for each attack
refs='v1.0.0 v1.1.0 v1.2.0 v1.3.0 v1.4.0 v1.5.0 v1.6.0 v1.7.0 v1.8.0 v1.9.0 v2.0.0 v2.1.0 v2.2.0 v2.3.0 v2.4.0'
git -C app branch -q release/1 main
git -C app switch -q release/1
by erin app commit -q -S --allow-empty -m 'Work of erin'
git -C app push -q origin release/1
for ref in $refs; do manifest policy=release-signing | tag_text alice "$ref"; done
manifest policy=release-signing | tag_text erin v3.0.0
manifest policy=release-signing | tag_text alice v3.1.0 release/1
manifest policy=quick | tag_text alice v4.0.0
push_tags
pass_of_engine
look
declare -A id
for ref in $refs v3.0.0 v3.1.0 v4.0.0; do id[$ref]=$(request "$ref" waiting); done

# ---- who may not
statement "${id[v1.1.0]}" | say bob 11/bob
statement "${id[v1.1.0]}" | say ci-acme 11/ci
statement "${id[v1.1.0]}" | say mallory 11/mallory
statement "${id[v1.1.0]}" | say dora 11/dora
statement "${id[v1.1.0]}" | say rick 11/rick
statement "${id[v1.1.0]}" | say carol 11/unsigned -a
statement "${id[v1.1.0]}" | say carol 11/carol
for ref in v3.0.0 v3.1.0; do
	statement "${id[$ref]}" | say erin "$ref/erin"
	statement "${id[$ref]}" | say carol "$ref/carol"
done
# ---- one person, however often
statement "${id[v1.2.0]}" | say carol 12/a
statement "${id[v1.2.0]}" approve again | say carol 12/b
approve_commit carol "${id[v1.2.0]}"
detached carol "${id[v1.2.0]}" c
on_branch alice 'Unsigned commits bring files'
# ---- of another request, and of none
statement "${id[v1.0.0]}" | say dave 13/"${id[v1.3.0]:3:12}"
statement "sr-$(printf '%064d' 7)" | say dave 13/nobody
mkdir -p "approvals/approvals/${id[v1.3.0]}"
statement "${id[v1.0.0]}" > "approvals/approvals/${id[v1.3.0]}/carol.yaml"
on_branch carol 'A statement in the folder of another request' -S
statement "${id[v1.3.0]}" | sed 's/decision/decisions/' | say carol "${id[v1.3.0]:3:12}/carol"
# ---- what was signed has changed
detached carol "${id[v1.4.0]}" carol
detached dave "${id[v1.5.0]}" dave
mkdir -p "approvals/approvals/${id[v1.4.0]}"
statement "${id[v1.4.0]}" > "approvals/approvals/${id[v1.4.0]}/dave.yaml"
cp "approvals/approvals/${id[v1.5.0]}/dave.yaml.sig" "approvals/approvals/${id[v1.4.0]}/"
sed -i 's/checked/cheeked/' "approvals/approvals/${id[v1.5.0]}/dave.yaml"
on_branch alice 'Signatures beside other files'
statement "${id[v1.5.0]}" > file && ssh-keygen -q -Y sign -f keys/carol -n file file
cp file "approvals/approvals/${id[v1.5.0]}/carol.yaml" && cp file.sig "approvals/approvals/${id[v1.5.0]}/carol.yaml.sig"
on_branch alice 'A signature for another purpose'
# ---- a commit that does more than to add statements
mkdir -p "approvals/approvals/${id[v1.6.0]}"
statement "${id[v1.6.0]}" > "approvals/approvals/${id[v1.6.0]}/carol.yaml"
date > approvals/other-file
on_branch carol 'Approve, and something else' -S
# ---- two people, in the same words
detached carol "${id[v1.7.0]}" carol
detached dave "${id[v1.7.0]}" dave
on_branch alice 'Two signatures over the same bytes'
# ---- in time, withdrawn, denied
statement "${id[v4.0.0]}" | say carol 40/carol
statement "${id[v1.8.0]}" | say carol 18/a
statement "${id[v1.8.0]}" approve again | say carol 18/b
statement "${id[v1.9.0]}" deny "\"$(printf '%060000d' 0 | sed 's/0/\\"/g' | head -c 60000)\"" | say carol 19/carol
statement "${id[v1.0.0]}" | say carol 10/carol
# ---- words of others under a broken signature: they come first by name
statement "${id[v2.0.0]}" deny | say carol 20/carol
git -C config cat-file tag approve/20/carol | sed "$(printf '/SSH SIG/{n;n;s/[a-y]/z/g;}')" |
    git -C config hash-object -t tag -w --literally --stdin > broken
git -C config push -q origin "$(cat broken):refs/tags/approve/20/aaa"
for who in dave erin; do statement "${id[v2.0.0]}" | say "$who" "20/$who"; done
# ---- signatures that no program can read
plain() { git -C config cat-file tag approve/10/carol | sed "/SSH SIG/,\$d"; }
for kind in 'PGP SIGNATURE' 'SIGNED MESSAGE' 'SSH SIGNATURE'; do
	{ plain; printf -- '-----BEGIN %s-----\n\nAAAA\n-----END %s-----\n' "$kind" "$kind"; } |
	    git -C config hash-object -t tag -w --literally --stdin > junk
	git -C config push -q origin "$(cat junk):refs/tags/approve/10/junk-${kind// /-}"
done
# ---- a flood of what does not count, beside the two that do
statement "${id[v2.2.0]}" | say carol 22/zcarol
statement "${id[v2.2.0]}" | say dave 22/zdave
for i in {1..600}; do plain | sed -e "s/^tag .*/tag $i/" -e "s/^request: .*/request: ${id[v2.2.0]}/" > "flood-$i" && echo "../flood-$i"; done |
    git -C config hash-object -t tag -w --literally --stdin-paths | nl |
    while read -r i object; do echo "create refs/tags/approve/22/a$i $object"; done | git -C config update-ref --stdin
git -C config push -q origin 'refs/tags/approve/22/*'
# ---- things that are no statements must not be in the way of those that are
git -C config push -q origin HEAD:refs/tags/approve/aaa/commit 'HEAD^{tree}:refs/tags/approve/aaa/tree'
git -C config push -q origin "$(head -c 3000000 /dev/zero | git -C config hash-object -w --stdin):refs/tags/approve/aaa/blob"

pass_of_engine
look
alive
while read -r code refs; do
	for ref in $refs; do told approval.ignored "$code" "$ref"; done
done <<'EOT'
APPROVAL-NOT-APPROVER	v1.1.0
APPROVAL-MACHINE	v1.1.0
SIGNER-UNKNOWN		v1.1.0
SIGNER-DISABLED		v1.1.0
SIGNER-KEY-REVOKED	v1.1.0
SIGNER-UNSIGNED		v1.1.0
SIGNER-SIGNATURE	v1.0.0 v1.4.0 v1.5.0 v2.0.0
APPROVAL-EXCLUDED	v3.0.0 v3.1.0
APPROVAL-AGAIN		v1.2.0 v1.8.0
APPROVAL-STATEMENT	v1.3.0 v1.6.0
APPROVAL-REQUEST	v1.3.0
EOT
want_same denied "$(state_of v1.9.0)" 'v1.9.0 is'
want_same denied "$(state_of v2.0.0)" 'v2.0.0 is'
completes v1.0.0 v1.7.0 v2.2.0
for ref in v1.1.0 v1.2.0 v1.3.0 v1.4.0 v1.5.0 v1.6.0 v1.8.0 v3.0.0 v3.1.0 v4.0.0; do
	want_same waiting "$(state_of "$ref")" "$ref is"
done
signed_only v1.0.0 v1.7.0 v2.2.0

# ---- later: a withdrawal holds for all that was said before it, a denial for
# good, and an approval no longer than its policy says
statement "${id[v1.8.0]}" withdraw | say carol 18/c
pass_of_engine
pass_of_engine
statement "${id[v1.8.0]}" | say dave 18/dave
for who in dave erin; do statement "${id[v1.9.0]}" | say "$who" "19/$who"; done
sleep 3
statement "${id[v4.0.0]}" | say dave 40/dave
pass_of_engine
look
counts 1 approval.withdrawn
told approval.ignored APPROVAL-EXPIRED v4.0.0
want_same waiting "$(state_of v1.8.0)" 'v1.8.0 is'
want_same denied "$(state_of v1.9.0)" 'v1.9.0 is'
want_same waiting "$(state_of v4.0.0)" 'v4.0.0 is'
signed_only v1.0.0 v1.7.0 v2.2.0

# ---- an approval of an old request says nothing about a new one
statement "${id[v2.1.0]}" | say carol 21/carol
pass_of_engine
sed -i 's/^description: .*/description: Changed/' config/projects/acme-app/policies/release-signing.yaml
change_config 'A policy that requests rest on'
statement "${id[v2.1.0]}" | say dave 21/dave
pass_of_engine
look
counts 1 request.cancelled ".request == \"${id[v2.1.0]}\""
new=$(request v2.1.0 waiting)
if [[ -n $new && $new != "${id[v2.1.0]}" ]]; then pass; else fail "v2.1.0: no new request, but '$new'"; fi
counts 0 approval.counted ".request == \"$new\""
signed_only v1.0.0 v1.7.0 v2.2.0
for who in carol dave; do statement "$new" | say "$who" "21/new-$who"; done
pass_of_engine
look
completes v2.1.0
signed_only v1.0.0 v1.7.0 v2.1.0 v2.2.0
