#!/usr/bin/env bash
# approvals - attacks on who may say what about which request, how often and how
# long. Each has a request of its own, which a good approval would be enough for.
script=approvals.sh
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=matrix.sh
. "$SOURCE/tests/trust/matrix.sh"
# shellcheck source=../e2e/engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=../e2e/attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"

# erin approves and develops, zoe approves; three more managers may not sign any
# more, and carol has two keys.
more_config() {
	local policies=config/projects/acme-app/policies
	person erin release-managers 'keys:' '  - KEY'
	sed -i 's@^members: \[@&person/erin, @' config/groups/developers.yaml
	person dora release-managers 'disabled: true' 'keys:' '  - KEY'
	person rick release-managers 'keys:' '  - KEY' '    revoked: {at: "2020-01-01", reason: stolen}'
	person olaf release-managers 'keys:' '  - KEY' '    valid-to: "2020-01-01"'
	person zoe release-managers 'keys:' '  - KEY'
	ssh-keygen -q -N '' -t ed25519 -f keys/carol-second
	printf '  - ssh: "%s"\n' "$(cut -d' ' -f1,2 keys/carol-second.pub)" >> config/people/carol.yaml
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

# ---- one request for each attack, and for what must go on beside them
declare -A id=()
rows_of "$script" | cut -f1 > attacks
git -C app branch -q release/1 main
git -C app switch -q release/1
by erin app commit -q -S --allow-empty -m 'Work of erin'
git -C app push -q origin release/1
while read -r attack; do
	who=alice policy=release-signing commit=main
	case $attack in
	approve-submitter) who=erin ;;
	approve-author) commit=release/1 ;;
	approve-expired) policy=quick ;;
	esac
	manifest policy=$policy | tag_text $who "v1-$attack" $commit
done < attacks
stories='v1.0.0 v1.7.0 v1.8.0 v1.9.0 v2.0.0 v2.2.0'
for ref in $stories; do manifest policy=release-signing | tag_text alice "$ref"; done
push_tags
pass_of_engine
look
while read -r attack; do id[$attack]=$(request "v1-$attack" waiting); done < attacks
for ref in $stories; do id[$ref]=$(request "$ref" waiting); done
# about ID: what is made now is the attack ID; carol's good approval is there.
about() { making=$1; statement "${id[$1]}" approve 'all is well' | say carol "$1/carol"; }
tag_there() { there git -C repos/config.git show-ref -q --verify "refs/tags/approve/$1"; }
on_there() { there git -C repos/config.git cat-file -e "tagseal/approvals:approvals/${id[$making]}/$1"; }
folder() { mkdir -p "approvals/approvals/${id[$1]}"; echo "approvals/approvals/${id[$1]}"; }

# ---- who may not
while read -r kind who; do
	about "approve-$kind" && statement "${id[$making]}" | say "$who" "$making/$who" && tag_there "$making/$who"
done <<'EOT'
developer bob
machine ci-acme
stranger mallory
disabled dora
revoked rick
submitter erin
author erin
EOT
export GIT_COMMITTER_DATE=2019-06-01T12:00:00Z
about approve-backdated && statement "${id[$making]}" | say olaf "$making/olaf"
unset GIT_COMMITTER_DATE
echo "olaf valid-before=\"20200101Z\" $(cut -d' ' -f1,2 keys/olaf.pub)" > olaf
there git -C config -c gpg.ssh.allowedSignersFile="$WORLD/olaf" verify-tag "approve/$making/olaf"
about approve-unsigned && statement "${id[$making]}" | say dave "$making/dave" -a
there ! grep -q 'BEGIN SSH' <(git -C config cat-file tag "approve/$making/dave")
# ---- one person, however often
about approve-again
statement "${id[$making]}" approve again | say carol "$making/again"
approve_commit carol "${id[$making]}"
detached carol "${id[$making]}" c
on_branch alice 'Unsigned commits bring files'
on_there c.yaml.sig && on_there carol.yaml && tag_there "$making/again"
about approve-two-keys && statement "${id[$making]}" approve 'with another key' | say carol-second "$making/second" && tag_there "$making/second"
# ---- of another request, and of none
statement "${id[v1.0.0]}" | say dave "13/${id[approve-replayed]:3:12}"
statement "sr-$(printf '%064d' 7)" | say dave 13/nobody
about approve-replayed && statement "${id[v1.0.0]}" > "$(folder $making)/dave.yaml"
on_branch dave 'A statement in the folder of another request' -S
on_there dave.yaml
about approve-misspelt && statement "${id[$making]}" | sed 's/decision/decisions/' | say dave "${id[$making]:3:12}/dave" && tag_there "${id[$making]:3:12}/dave"
# ---- what was signed has changed
about approve-swapped
detached dave "${id[approve-other-words]}" dave
statement "${id[$making]}" > "$(folder $making)/dave.yaml"
cp "$(folder approve-other-words)/dave.yaml.sig" "$(folder $making)/"
on_branch alice 'Signatures beside other files'
on_there dave.yaml.sig
about approve-other-words
sed -i 's/checked/cheeked/' "$(folder $making)/dave.yaml"
on_branch alice 'Other words'
there grep -q cheeked <(git -C repos/config.git cat-file blob "tagseal/approvals:approvals/${id[$making]}/dave.yaml")
about approve-namespace
statement "${id[$making]}" > file && ssh-keygen -q -Y sign -f keys/dave -n file file
cp file "$(folder $making)/dave.yaml" && cp file.sig "$(folder $making)/dave.yaml.sig"
on_branch alice 'A signature for another purpose'
on_there dave.yaml.sig
# ---- a commit that does more than to add statements
about approve-and-more && statement "${id[$making]}" > "$(folder $making)/dave.yaml"
date > approvals/other-file
on_branch dave 'Approve, and something else' -S
there git -C repos/config.git cat-file -e tagseal/approvals:other-file
# ---- an approval that counts, until its approver is none any more
about approve-removed && statement "${id[$making]}" approve 'while I may' | say zoe "$making/zoe" && tag_there "$making/zoe"
git -C config push -q origin ":refs/tags/approve/$making/carol"
about approve-old-request && statement "${id[$making]}" | sed 's/checked/later/' > later
# ---- two people, in the same words
detached carol "${id[v1.7.0]}" carol
detached dave "${id[v1.7.0]}" dave
on_branch alice 'Two signatures over the same bytes'
# ---- in time, withdrawn, denied
about approve-expired && tag_there "$making/carol"
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
while read -r kind armor; do
	about "approve-$kind"
	{ plain | sed "s/^request: .*/request: ${id[$making]}/"; printf -- '-----BEGIN %s-----\n\nAAAA\n-----END %s-----\n' "$armor" "$armor"; } |
	    git -C config hash-object -t tag -w --literally --stdin > junk
	git -C config push -q origin "$(cat junk):refs/tags/approve/$making/junk" && tag_there "$making/junk"
done <<'EOT'
junk-openpgp PGP SIGNATURE
junk-x509 SIGNED MESSAGE
junk-ssh SSH SIGNATURE
EOT
# ---- a flood of what does not count, beside the two that do
statement "${id[v2.2.0]}" | say carol 22/zcarol
statement "${id[v2.2.0]}" | say dave 22/zdave
like=$(plain | sed "s/^request: .*/request: ${id[v2.2.0]}/")
for i in {1..600}; do printf '%s\n' "${like/$'\n'tag */$'\n'tag $i}"$'\n'"tagger ${like#*$'\n'tagger }" > "flood-$i" && echo "../flood-$i"; done |
    git -C config hash-object -t tag -w --literally --stdin-paths > flood
# Only now: git may not see an object that was written after it began.
nl flood | while read -r i object; do echo "create refs/tags/approve/22/a$i $object"; done | git -C config update-ref --stdin
git -C config push -q origin 'refs/tags/approve/22/*'
# ---- things that are no statements must not be in the way of those that are
git -C config push -q origin HEAD:refs/tags/approve/aaa/commit 'HEAD^{tree}:refs/tags/approve/aaa/tree'
git -C config push -q origin "$(head -c 3000000 /dev/zero | git -C config hash-object -w --stdin):refs/tags/approve/aaa/blob"

pass_of_engine
look
alive
told approval.ignored APPROVAL-AGAIN v1.8.0
told approval.ignored SIGNER-SIGNATURE v2.0.0
want_same denied "$(state_of v1.9.0)" 'v1.9.0 is'
want_same denied "$(state_of v2.0.0)" 'v2.0.0 is'
good_ones=(v1.0.0 v1.7.0 v2.2.0)
completes "${good_ones[@]}"
signed_only "${good_ones[@]}"
counts 1 approval.counted ".request == \"${id[approve-removed]}\""

# ---- later: a withdrawal holds for all that was said before it, a denial for
# good, and an approval no longer than its policy says
statement "${id[v1.8.0]}" withdraw | say carol 18/c
pass_of_engine
pass_of_engine
statement "${id[v1.8.0]}" | say dave 18/dave
for who in dave erin; do statement "${id[v1.9.0]}" | say "$who" "19/$who"; done
sed -i 's@person/zoe, @@' config/groups/release-managers.yaml
change_config 'Zoe leaves'
statement "${id[approve-removed]}" | say dave approve-removed/dave
sleep 3
statement "${id[approve-expired]}" | say dave approve-expired/dave
pass_of_engine
look
counts 1 approval.withdrawn
want_same waiting "$(state_of v1.8.0)" 'v1.8.0 is'
want_same denied "$(state_of v1.9.0)" 'v1.9.0 is'
signed_only "${good_ones[@]}"

# ---- judged: all that the ledger says about approvals and the end of a request
codes_about() {
	jq -rs --arg id "$1" '[.[] | select(.request == $id) |
	    select(.type | IN("approval.ignored", "request.failed", "request.cancelled")) | .findings[]?.code] | unique | join(" ")' ledger.json
}
judge() {
	local trouble=
	[[ $(state_of "v1-$1") == "$2" ]] || trouble=" its request is $(state_of "v1-$1"), not $2;"
	! asked "select(.type == \"keys.intended\" and .request == \"${id[$1]}\") | .n" | grep . > /dev/null || trouble+=' a key was used for it;'
	row "$1" "$(codes_about "${id[$1]}")" "$trouble"
}
while read -r attack; do
	[[ $attack =~ ^approve-(old-request|submitter-gone)$ ]] || judge "$attack" waiting
done < attacks

# ---- an approval of an old request says nothing about a new one
sed -i 's/^description: .*/description: Changed/' config/projects/acme-app/policies/release-signing.yaml
change_config 'A policy that requests rest on'
making=approve-old-request
say dave "$making/dave" < later
tag_there "$making/dave"
pass_of_engine
look
counts 1 request.cancelled ".request == \"${id[$making]}\""
new=$(request "v1-$making" waiting)
if [[ -n $new && $new != "${id[$making]}" ]]; then pass; else fail "$making: no new request, but '$new'"; fi
counts 0 approval.counted ".request == \"$new\""
judge "$making" waiting
signed_only "${good_ones[@]}"
for who in carol dave; do statement "$new" | say "$who" "21/new-$who"; done
pass_of_engine
look
completes "v1-$making"
signed_only "${good_ones[@]}" "v1-$making"

# ---- who asked for it is disabled before it is approved
making=approve-submitter-gone
id[$making]=$(request "v1-$making" waiting)
echo 'disabled: true' >> config/people/alice.yaml
change_config 'Alice leaves'
for who in carol dave; do statement "${id[$making]}" | say "$who" "22/gone-$who"; tag_there "22/gone-$who"; done
pass_of_engine
look
judge "$making" cancelled
counts 1 request.cancelled ".request == \"${id[$making]}\" and (.reason | contains(\"would be refused by now\"))"
rows_done
