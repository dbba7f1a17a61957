#!/usr/bin/env bash
# hosts - attacks of a Git host on a running engine: tags that move, a config repo
# that is not what two administrators made of it, a ledger that was rewritten.
script=hosts.sh
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=matrix.sh
. "$SOURCE/tests/trust/matrix.sh"
# shellcheck source=../e2e/engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=../e2e/attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"
more_config() { sed -i 's@^refs: .*@refs: ["refs/tags/v*", "refs/heads/release/*"]@' config/projects/acme-app/policies/test-signing.yaml; }
trap '[[ ! -e ssh/pid ]] || "$SOURCE/tests/net/ssh-server" "$WORLD" stop; finish' EXIT
make_world
ssh-keygen -q -N '' -t ed25519 -C mallory -f keys/mallory
build 1.0.0

# alarm CODE TEXT: it was raised, once.
alarm() { counts 1 alarm.raised ".code == \"$1\" and (.text | contains(\"$2\"))"; }

# codes_with JQ: of the ledger's events for which JQ is true.
codes_with() { jq -rs "[.[] | select($1) | .code, .findings[]?.code | values] | unique | join(\" \")" ledger.json; }
# moved ID REF [TROUBLE]: what alarms and refusals say about it.
moved() {
	row "$1" "$(codes_with "(.type == \"alarm.raised\" and (.text | contains(\"refs/$2\"))) or (.type == \"request.refused\" and .ref == \"refs/$2\")")" "${3:-}"
}
on_host() { git -C "repos/$1.git" rev-parse -q --verify "$2"; }

# ---- tags that move
for ref in v1.0.0 v1.0.1 v1.0.2 v1.1.0 v1.2.0 v1.3.0; do manifest policy=release-signing | tag_text alice "$ref"; done
push_tags
pass_of_engine
declare -A id
for ref in v1.0.0 v1.0.1 v1.0.2 v1.1.0 v1.2.0 v1.3.0; do id[$ref]=$(request "$ref" waiting); done
for ref in v1.0.0 v1.0.1; do approve carol "${id[$ref]}"; done
pass_of_engine
completes v1.0.0 v1.0.1
old=$(git -C app rev-parse v1.2.0)
signed=$(git -C app rev-parse v1.0.0) waits=$(git -C app rev-parse v1.1.0)
for ref in v1.0.0 v1.1.0; do
	by alice app tag -d "$ref" > /dev/null
	manifest policy=release-signing version=1.0.0 | sed 's/size/ size/' | tag_text alice "$ref"
done
push_tags
by alice app push -q origin :refs/tags/v1.0.1 :refs/tags/v1.2.0 :refs/tags/v1.3.0
for ref in v1.1.0 v1.2.0; do approve carol "${id[$ref]}"; done
making=host-moves-signed && there test "$(on_host acme-app refs/tags/v1.0.0)" != "$signed"
making=host-moves-waiting && there test "$(on_host acme-app refs/tags/v1.1.0)" != "$waits"
making=host-deletes-signed && there ! on_host acme-app refs/tags/v1.0.1
pass_of_engine
look
moved host-moves-signed tags/v1.0.0
moved host-moves-waiting tags/v1.1.0
moved host-deletes-signed tags/v1.0.1
alarm REF-MOVED 'refs/tags/v1.0.0'
alarm REF-MOVED 'refs/tags/v1.0.1'
refused REF-MOVED v1.0.0
refused REF-MOVED v1.1.0
for ref in v1.1.0 v1.2.0 v1.3.0; do counts 1 request.cancelled ".request == \"${id[$ref]}\" and [.findings[].code] == [\"REF-MOVED\"]"; done
counts 2 ref.moved
counts 3 ref.deleted
# What comes back after that is no new release, with the same object or another.
git -C app tag -d v1.3.0 > /dev/null
manifest policy=release-signing version=1.0.0 | sed 's/size/ size/' | tag_text alice v1.3.0
git -C app push -q origin "$old:refs/tags/v1.2.0" v1.3.0
approve dave "${id[v1.2.0]}"
making=host-makes-again && there test "$(on_host acme-app refs/tags/v1.3.0)" = "$(git -C app rev-parse v1.3.0)"
pass_of_engine
look
moved host-makes-again tags/v1.3.0
refused REF-MOVED v1.3.0
counts 6 request.created
signed_only v1.0.0 v1.0.1

# ---- the config repo
in_force() { look; asked -s '[.[] | select(.type == "config.accepted") | .commit_id] | last'; }
start=$(git -C config rev-parse HEAD)
want_same "$start" "$(in_force)" 'in force is'
back() { git -C config reset -q --hard "$start" && git -C config clean -qfd && git -C config push -q -f origin HEAD:main; }
# stays CODE: the head was refused with the code, and nothing else is in force.
stays() {
	local head
	head=$(git -C repos/config.git rev-parse main)
	pass_of_engine
	want_same "$start" "$(in_force)" "after $1, in force is"
	counts 1 config.refused ".commit_id == \"$head\" and any(.findings[]; .code == \"$1\")"
	back
}
change() { sed -i "s/^description: .*/description: $1/" config/projects/acme-app/policies/release-signing.yaml; }
change one && git -C config add -A && git -C config -c user.name=carol -c user.email=c commit -q -m 'Unsigned' && by carol config push -q origin HEAD:main
stays SIGNER-UNSIGNED
change two && commit_config mallory 'By a stranger'
stays SIGNER-UNKNOWN
change three && commit_config bob 'By a developer'
stays CHAIN-PATH
echo 'members: [person/bob, person/carol, person/dave]' > config/groups/admins.yaml && commit_config bob 'Makes himself an administrator'
stays CHAIN-PATH
for i in {1..120}; do printf 'x\n' > "config/$(printf '"%.0s' {1..240})$i"; done
commit_config bob 'Names that take a lot of room'
stays CHAIN-PATH
by carol config switch -q -c side && change four && commit_config carol 'On a side' && by carol config switch -q main
git -C config -c user.name=host -c user.email=h merge -q --no-ff --no-gpg-sign -m 'Merged by the host' side && by carol config push -q origin HEAD:main
stays SIGNER-UNSIGNED
by carol config branch -q other && by carol config switch -q other && echo x > config/other && commit_config carol 'Other' && by carol config switch -q main
octopus=$(by carol config commit-tree -S -m Octopus -p main -p side -p other 'side^{tree}')
by carol config push -q origin "$octopus:main"
stays CHAIN-MERGE
echo 'surprise: 1' >> config/tagseal.yaml && change_config 'What nobody can read'
stays CHAIN-UNSOUND
printf 'members: [person/ci-acme]\n' > config/groups/admins.yaml && change_config 'A lock-out'
stays CHAIN-UNSOUND

# A commit that git itself takes, and libgit2 cannot read.
making=config-unreadable
head=$(by carol config commit-tree -S -m 'Capitals' -p "$start" "$start^{tree}")
head=$(git -C config cat-file commit "$head" | sed '/^tree/s/[a-f]/\U&/g; s/^TREE/tree/' | git -C repos/config.git hash-object -t commit -w --literally --stdin)
git -C repos/config.git update-ref refs/heads/main "$head"
there test "$(git -C repos/config.git rev-parse "main^{tree}")" = "$(git -C config rev-parse "$start^{tree}")"
pass_of_engine
look
row config-unreadable "$(codes_with ".type == \"config.refused\" and .commit_id == \"$head\"")" "$([[ $(in_force) == "$start" ]] || echo ' it was followed;')"
back

# One administrator alone waits, also with an own endorsement, with those of
# developers, and with any number of strangers'. The second one is let in.
change five && commit_config carol 'By one of two'
head=$(git -C config rev-parse HEAD)
endorse carol && endorse bob && endorse mallory
pass_of_engine
want_same "$start" "$(in_force)" 'in force is'
counts 0 config.refused ".commit_id == \"$head\""
git -C config cat-file tag "endorse/mallory-${head:0:8}" > junk
for i in {1..500}; do sed "s/^tag .*/tag junk-$i/" junk > "junk-$i" && echo "../junk-$i"; done |
    git -C config hash-object -t tag -w --stdin-paths --literally > ids
nl ids | while read -r i o; do echo "create refs/tags/endorse/a-$i $o"; done | git -C config update-ref --stdin
git -C config push -q origin 'refs/tags/endorse/*'
endorse dave
pass_of_engine
want_same "$head" "$(in_force)" 'in force is'
want_same 'commit,endorsement' "$(asked -s '[.[] | select(.type == "config.accepted")] | last | [.evidence[].what] | unique | join(",")')" 'evidence is'

# ---- a config repo that goes back, aside, or away
start=$head
# lost ID: the state in force stays, an alarm is raised.
lost() {
	local before trouble=
	look
	before=$(wc -l < ledger.json)
	pass_of_engine
	[[ $(in_force) == "$start" ]] || trouble=' it was followed;'
	row "$1" "$(codes_with ".n >= $before and .type == \"alarm.raised\"")" "$trouble"
}
git -C repos/config.git update-ref refs/heads/main "$head~1"
making=config-rewind && there test "$(on_host config main)" = "$(git -C config rev-parse "$head~1")"
lost config-rewind
counts 1 alarm.raised '.code == "GIT-HISTORY-APART"'
by carol config push -q -f origin "$(by carol config commit-tree -S -m Aside -p "$head~1" "$head~1^{tree}"):main"
making=config-aside && there ! git -C repos/config.git merge-base --is-ancestor "$head" main
lost config-aside
git -C repos/config.git update-ref -d refs/heads/main
manifest policy=release-signing | tag_text alice v2.0.0
by alice app push -q origin v2.0.0
making=config-gone && there ! on_host config refs/heads/main
lost config-gone
if [[ $(asked 'select(.type == "alarm.raised" and .code == "GIT-HISTORY-APART") | .n' | wc -l) -ge 3 ]]; then pass; else fail 'no alarm for each way to lose history'; fi
back
# The config repo is as it was; keys wait until two administrators have seen it.
approve carol "$(request v2.0.0 waiting)"
pass_of_engine
want_same waiting "$(state_of v2.0.0)" 'v2.0.0 is'
counts 0 alarm.acknowledged
want 0 acknowledge_all
pass_of_engine
look
counts "$(asked -s '[.[] | select(.type == "alarm.raised" and .severity == "stop")] | length')" alarm.acknowledged '.by == ["person/carol", "person/dave"]'
completes v2.0.0
signed_only v1.0.0 v1.0.1 v2.0.0

# ---- the ledger: the engine stops, whatever waits
manifest | tag_text alice vtest
by alice app push -q origin vtest
true_head=$(git -C repos/ledger.git rev-parse tagseal/ledger)
stop_codes() { grep -oE 'code=(LEDGER|GIT|CHAIN|SIGNER)-[A-Z-]+' engine.log | sort -u | sed 's/code=//' | tr '\n' ' ' | sed 's/ $//'; }
# stops ID: with an alarm, and without a word in the ledger.
stops() {
	local head trouble=
	making=$1
	there test "$(on_host ledger tagseal/ledger)" != "$true_head"
	head=$(git -C repos/ledger.git rev-parse -q --verify tagseal/ledger || true)
	want 6 engine --once
	[[ $(git -C repos/ledger.git rev-parse -q --verify tagseal/ledger || true) == "$head" ]] || trouble=' the engine went on with it;'
	[[ ! -e out/acme-app/vtest ]] || trouble+=' something was signed;'
	row "$1" "$(stop_codes)" "$trouble"
	git -C repos/ledger.git update-ref refs/heads/tagseal/ledger "$true_head"
}
set_ledger() { git -C repos/ledger.git update-ref refs/heads/tagseal/ledger "$1"; }
set_ledger "$true_head~2" && stops ledger-host-short
git -C repos/ledger.git update-ref -d refs/heads/tagseal/ledger && stops ledger-host-gone
tree=$(git -C repos/ledger.git rev-parse "$true_head^{tree}")
as() { by "$1" repos/ledger.git commit-tree "${@:2}" "$tree"; }
set_ledger "$(as mallory -S -m Orphan)" && stops ledger-host-orphan
set_ledger "$(as mallory -S -m Aside -p "$true_head~1")" && stops ledger-host-fork
set_ledger "$(as mallory -m Unsigned -p "$true_head")" && stops ledger-host-unsigned
set_ledger "$(as mallory -S -m Foreign -p "$true_head")" && stops ledger-host-stranger
set_ledger "$(as carol -S -m Administrator -p "$true_head")" && stops ledger-host-admin
changed=$(git -C repos/ledger.git cat-file commit "$true_head" | sed 's/^author Tagseal/author Tagsea1/' | git -C repos/ledger.git hash-object -t commit -w --stdin)
set_ledger "$changed" && stops ledger-host-changed
# Bytes that are not those of the pinned root.
making=config-other-root
sed -i.kept '/root:/s/\(payload-sha256: "\)[0-9a-f]\{8\}/\100000000/' engine.yaml
there ! cmp engine.yaml engine.yaml.kept
got=0
engine --once || got=$?
trouble=
[[ $got -ne 0 ]] || trouble=' it was followed;'
[[ ! -e out/acme-app/vtest ]] || trouble+=' something was signed;'
row config-other-root "$(stop_codes)" "$trouble"
mv engine.yaml.kept engine.yaml
# Without its own copy, it is the signer's memory that holds.
mv state/judge judge.kept && mkdir -m 700 state/judge
set_ledger "$true_head~2"
want 6 engine --once
# shellcheck disable=SC2034 # says_not reads it
out=$(cat engine.log)
says_not request.authorised
rm -rf state/judge && mv judge.kept state/judge
set_ledger "$true_head"

# ---- and when all is as it was, it is not forgotten
making=alarm-mended && there test "$(on_host ledger tagseal/ledger)" = "$true_head"
pass_of_engine
look
alive
counts 1 alarm.raised '.severity == "stop" and .code == "LEDGER-REWIND" and .size > 0'
# held: what vtest waits for.
held() { asked -s '[.[] | select(.type == "request.waiting")] | last | .missing[] | sub(":.*"; "")' | paste -sd ' '; }
# signs: what the attack reached.
signs() { [[ $(state_of vtest) == waiting && ! -e out/acme-app/vtest ]] || echo ' it was signed;'; [[ $(asked -s '[.[] | select(.type == "alarm.acknowledged" and .raised >= '"$alarm"')] | length') -eq 0 ]] || echo ' it is acknowledged;'; }
alarm=$(asked 'select(.type == "alarm.raised" and .code == "LEDGER-REWIND") | .n')
row alarm-mended "$(held)" "$(signs)"
# acked WHO: the file as it is, by one person; what the engine's log and the ledger say.
start=$(in_force)
acked() { commit_config "$1" 'Seen'; making=$2; there git -C repos/config.git cat-file -e main:alarms/acknowledged/x.yaml; pass_of_engine; look; }
ack_file() { acknowledgement --dry-run; mkdir -p config/alarms/acknowledged; grep -v '^#\|note' acknowledge.log > config/alarms/acknowledged/x.yaml; }
ack_file && acked bob ack-developer
row ack-developer "$(codes_with ".type == \"config.refused\" and .n > $alarm")" "$(signs)"
back
ack_file && acked carol ack-alone
row ack-alone "$(grep -q config.pending engine.log && echo CHAIN-PENDING)" "$(signs)"
back
ack_file && sed -i 's/^sha256: "...../sha256: "00000/' config/alarms/acknowledged/x.yaml && acked carol ack-other-event
endorse dave
pass_of_engine
look
row ack-other-event "$(grep -oE 'code=ALARM-[A-Z]+' engine.log | sort -u | sed 's/code=//')" "$(signs)"
ack_file && change_config 'Seen, all of it'
pass_of_engine
look
counts 1 alarm.acknowledged ".raised == $alarm and .by == [\"person/carol\", \"person/dave\"] and [.evidence[].what] == [\"acknowledgement\"]"
completes vtest
signed_only v1.0.0 v1.0.1 v2.0.0 vtest

# ---- a release branch that goes back to what was signed, and comes again
asked_for() { jq -rs --arg ref "refs/$1" '[.[] | select(.type == "request.created" and .body.ref == $ref)] | length' ledger.json; }
more_than() { local n; n=$(asked_for "$2"); [[ $n -le $1 ]] || echo " it was asked for $n times;"; }
head_of() { { printf '%s\n\n---\n' "$1"; manifest; } | by alice app commit -q -S --allow-empty -F - --cleanup=verbatim; by alice app push -q origin HEAD; pass_of_engine; }
by alice app switch -q -c release/9
head_of One && one=$(git -C app rev-parse HEAD) && head_of Two && two=$(git -C app rev-parse HEAD)
look
making=host-flips-branch
for head in "$one" "$two" "$one"; do
	git -C repos/acme-app.git update-ref refs/heads/release/9 "$head"
	pass_of_engine
done
there test "$(on_host acme-app refs/heads/release/9)" = "$one"
look
moved host-flips-branch heads/release/9 "$(more_than 2 heads/release/9)"
making=host-other-branch
git -C repos/acme-app.git update-ref refs/heads/release/10 "$two"
there on_host acme-app refs/heads/release/10
pass_of_engine
look
moved host-other-branch heads/release/10 "$(more_than 0 heads/release/10)"

# ---- two addresses of one project that do not show the same
git clone -q --bare repos/acme-agent.git repos/mirror.git 2> /dev/null
sed -i "s@^repository: .*@repository: [\"$WORLD/repos/acme-agent.git\", \"$WORLD/repos/mirror.git\"]@" config/projects/acme-agent/project.yaml
change_config 'Two addresses'
making=host-one-address
manifest project=acme-agent | tag_text alice v-agent main
git -C app push -q "$WORLD/repos/acme-agent.git" v-agent
there on_host acme-agent refs/tags/v-agent
there ! on_host mirror refs/tags/v-agent
want 5 engine --once
look
row host-one-address "$(grep -oE 'code=REF-[A-Z-]+' engine.log | sort -u | sed 's/code=//' | tr '\n' ' ' | sed 's/ $//')" "$(more_than 0 tags/v-agent)"

# ---- a machine that answers in place of the host
making=host-other-key
git -C repos/acme-agent.git update-ref -d refs/tags/v-agent
port=$("$SOURCE/tests/net/ssh-server" "$WORLD")
cp engine.yaml direct.yaml
sed -i "s@^  urls: .*@  urls: [\"ssh://$(id -un)@127.0.0.1:$port$WORLD/repos/config.git\"]@" engine.yaml
printf 'connections: [{ssh: {key: %s, known-hosts: %s}}]\n' "$WORLD/ssh/client" "$WORLD/ssh/known_hosts" >> engine.yaml
pass_of_engine
sed -i "s@ssh-ed25519 .*@$(cut -d' ' -f1,2 ssh/stranger.pub)@" ssh/known_hosts
there ! grep -qF "$(cut -d' ' -f2 ssh/host.pub)" ssh/known_hosts
by alice app tag -d vtest > /dev/null
manifest | tag_text alice vlate && by alice app push -q origin vlate
want 1 engine --once
look
row host-other-key "$(grep -oE 'code=NET-[A-Z-]+' engine.log | sort -u | sed 's/code=//' | tr '\n' ' ' | sed 's/ $//')" "$(more_than 0 tags/vlate)"
cp direct.yaml engine.yaml

# ---- two addresses of the config repo that go on apart
making=config-fork
git clone -q --bare repos/config.git repos/config-two.git 2> /dev/null
base=$(git -C config rev-parse HEAD)
change fork-one && change_config 'One end'
git -C config reset -q --hard "$base"
change fork-two && by carol config commit -q -S -a -m 'Another end'
git -C config remote set-url origin "$WORLD/repos/config-two.git"
by carol config push -q origin HEAD:main && endorse dave
there ! git -C repos/config.git cat-file -e "$(on_host config-two main)"
there test "$(on_host config-two main^)" = "$base"
sed -i "s@^  urls: .*@  urls: [\"$WORLD/repos/config.git\", \"$WORLD/repos/config-two.git\"]@" engine.yaml
start=$(in_force)
lost config-fork
rows_done
