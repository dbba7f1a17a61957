#!/usr/bin/env bash
# distrust - a key is found to have been in other hands for a while: what was
# accepted with it since then is listed, once, and nothing else is.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"

# carol has a second key: without one, nobody could revoke her first.
more_config() {
	ssh-keygen -q -N '' -t ed25519 -C carol2 -f keys/carol2
	echo "  - ssh: \"$(cut -d' ' -f1,2 keys/carol2.pub)\"" >> config/people/carol.yaml
}
make_world
build 1.0.0
# Of two releases, bob submits the second one after the day of the loss.
tag bob v1.0.0 release-signing ci/acme-app-1.0.0.zip
pass_of_engine
approve carol "$(request v1.0.0)"
pass_of_engine
sleep 1.1
since=$(date -u +%Y-%m-%dT%H:%M:%SZ)
sleep 1.1
VERSION=1.0.0 tag bob v1.0.1 release-signing ci/acme-app-1.0.0.zip
VERSION=1.0.0 tag alice v1.0.2 release-signing ci/acme-app-1.0.0.zip
pass_of_engine
approve carol "$(request v1.0.1)"
approve_commit dave "$(request v1.0.2)"
echo 'By dave' > config/README.md
commit_config dave 'By dave' && endorse carol
pass_of_engine
look
completes v1.0.0
counts 0 key.distrusted
# revoke WHO SINCE: by two administrators.
revoke() {
	local line
	line=$(grep -n -m 1 'ssh: ' "config/people/$1.yaml" | cut -d: -f1)
	sed -i "${line}a\\    revoked: {at: \"2024-01-01\", reason: lost, compromised-since: \"$2\"}" "config/people/$1.yaml"
	commit_config carol2 "$1 lost the key" && endorse dave
}
by_alice='.person == "person/alice"'
by_bob='.person == "person/bob"'
# uses PERSON: the types of the events that rest on the key, sorted.
uses() { asked -s --arg p "person/$1" '. as $all | [.[] | select(.type == "key.distrusted" and .person == $p) | .uses[].event] |
    map(. as $n | $all[] | select(.n == $n) | .type) | sort | join(" ")'; }

# ---- a developer: one release of two
revoke bob "$since"
pass_of_engine
look
counts 1 key.distrusted "$by_bob and .count == 1"
want_same request.created "$(uses bob)" 'bob did'
counts 1 alarm.raised '.code == "SIGNER-KEY-USED"'
pass_of_engine
look
counts 1 key.distrusted

# ---- an approver and administrator: the approval, and the endorsed commit
revoke carol "$since"
pass_of_engine
look
want_same 'approval.counted config.accepted' "$(uses carol)" 'carol did'

# ---- another day is another list, and who did nothing since is no alarm
sed -i "s@compromised-since: \"[^\"]*\"@compromised-since: \"2020-01-01\"@" config/people/bob.yaml
commit_config carol2 'Bob lost it long ago' && endorse dave
revoke alice 2099-01-01
pass_of_engine
look
counts 2 key.distrusted "$by_bob"
counts 1 key.distrusted "$by_bob and .count == 2"
counts 1 key.distrusted "$by_alice and .count == 0"
counts 3 alarm.raised '.code == "SIGNER-KEY-USED"'
