#!/usr/bin/env bash
# recovery - the config repo's chain stopped for good, and holders of recovery
# keys set it on a new commit: the engine goes on, and so does everybody who
# checks it from clones.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"
# shellcheck source=recovering.sh
. "$SOURCE/tests/e2e/recovering.sh"
make_world
pin_recovery 2 holder-1 holder-2 holder-3
pass_of_engine
# Another engine shares the ledger.
another_engine 9 second.yaml
at_least second.yaml
second() {
	want 0 "$TAGSEAL" engine --engine second.yaml --once
	want 1 grep -E 'GIT-|RECOVERY-|judge.pass' <<< "$out"
}
second
start=$(git -C config rev-parse HEAD)
in_force() { look; asked -s '[.[] | select(.type == "config.accepted" or .type == "config.recovered") | .commit_id] | last'; }

# ---- the chain stops, and the administrators' keys are gone
sed -i 's/^description: .*/description: mine/' config/projects/acme-app/policies/release-signing.yaml
git -C config add -A && git -C config -c user.name=thief -c user.email=t commit -q -m 'Bad' && git -C config push -q origin HEAD:main
rm keys/carol keys/dave
pass_of_engine
want_same "$start" "$(in_force)" 'in force is'
counts 1 config.refused

# ---- a new state, made by anybody, for which two of three holders sign
git -C config reset -q --hard "$start"
for who in carol dave; do
	old=$(cut -d' ' -f2 "keys/$who.pub")
	rm "keys/$who.pub"
	ssh-keygen -q -N '' -t ed25519 -C "$who" -f "keys/$who"
	sed -i "s@$old@$(cut -d' ' -f2 "keys/$who.pub")@" "config/people/$who.yaml"
done
git -C config -c user.name=ops -c user.email=ops commit -q -a -m 'New keys'
new=$(git -C config rev-parse HEAD)
want 0 compose --to main -o recovery.yaml
says 'ssh-keygen -Y sign -n recovery@tagseal'
want 0 grep -q "^epoch: 1$" recovery.yaml
refuses FILE-EXISTS 2 compose --to main -o recovery.yaml
sign_recovery recovery.yaml holder-1 holder-3
want 0 recover recovery.yaml holder-1 holder-3
says "signed by $(print_of holder-1)"
# No host shows the new commit yet: the engine says so, and stays where it was.
pass_of_engine
want 0 grep -q RECOVERY-MISSING engine.log
want_same "$start" "$(in_force)" 'in force is'
git -C config push -q -f origin HEAD:main
pass_of_engine
want_same "$new" "$(in_force)" 'in force is'
counts 1 config.recovered ".epoch == 1 and .leaves == \"$start\" and .reason == \"both keys were stolen\" and (.keys | length) == 2"
counts 1 alarm.raised '.code == "CHAIN-RECOVERED" and .severity == "alarm"'
want_same commit "$(asked 'select(.type == "config.recovered") | .evidence[].what')" 'its evidence is'
# Once, whatever is in the folder; the other engine follows what the ledger has.
pass_of_engine
second
rm -rf state2
second
look
counts 1 config.recovered
counts 1 alarm.raised

# ---- it goes on from there, with the new keys, and signs
sed -i 's/^description: .*/description: goes on/' config/projects/acme-app/policies/release-signing.yaml
change_config 'Goes on'
build 1.0.0
VERSION=1.0.0 tag alice vtest test-signing ci/acme-app-1.0.0.zip
pass_of_engine
want_same "$(git -C config rev-parse HEAD)" "$(in_force)" 'in force is'
completes vtest
counts 0 alarm.raised '.code == "GIT-HISTORY-APART"'

# ---- an engine that lost its state, and one that never had any
rm -rf state
want 5 engine --once
want 0 grep -q SIGNER-NEW engine.log
want 0 grep -q process.stays-down engine.log
at_least engine.yaml
pass_of_engine
look
counts 1 config.recovered
pin_recovery 1 holder-2
rm -rf state
want 1 engine --once
want 0 grep -q RECOVERY-KEY engine.log
# Who pins the new root needs no recovery keys to begin there.
pin_recovery 2 holder-1 holder-2 holder-3
cp engine.yaml pinned.yaml
git -C config checkout -q --detach "$new"
make_engine_file
at_least engine.yaml
git -C config checkout -q main
rm -rf state
pass_of_engine
mv pinned.yaml engine.yaml

# ---- from clones, years later
range() { "$TAGSEAL" check --repo repos/config.git --range "..main" --trust "$1" --ledger repos/ledger.git "${@:2}"; }
trust_file 2 holder-1 holder-2 holder-3 > trust.yaml
want 0 range trust.yaml
says "recovered from commit ${start:0:12} on ${new:0:12}: epoch 1"
says 'allowed '
want 0 range trust.yaml --json
want 0 jq -e '.allowed and .verified and .recovered_at > 0 and (.commits | length) == 1' <<< "$out"
want 0 "$TAGSEAL" check --repo repos/config.git --range "$new..main" --trust trust.yaml --ledger repos/ledger.git --json
want 0 jq -e '.allowed and .verified and .recovered_at == null' <<< "$out"
trust_file 0 > none.yaml
refuses RECOVERY-NONE 1 range none.yaml
trust_file 2 holder-2 holder-3 > other.yaml
refuses RECOVERY-KEY 1 range other.yaml
trust_file 3 holder-1 holder-2 holder-3 > more.yaml
refuses RECOVERY-THRESHOLD 1 range more.yaml
want 1 "$TAGSEAL" check --repo repos/config.git --range ..main --trust trust.yaml
want 0 "$TAGSEAL" audit verify --repo repos/ledger.git
says 'alarms that are open: 1'

# ---- a second time, of an engine that runs: it need not be stopped
git -C config checkout -q -b again
echo again > config/AGAIN
git -C config add AGAIN && git -C config -c user.name=ops -c user.email=ops commit -q -m 'Again'
git -C config push -q origin HEAD:again
want 0 compose --to again -o second-recovery.yaml
want 0 grep -q "^epoch: 2$" second-recovery.yaml
sign_recovery second-recovery.yaml holder-2 holder-3
timeout 120 "$TAGSEAL" engine --engine engine.yaml > running.log 2>&1 &
running=$!
wait_for() { local i; for ((i = 0; i < 300; i++)); do if "$@"; then return 0; fi; sleep 0.1; done; return 1; }
want 0 wait_for grep -q engine.started running.log
want 0 recover second-recovery.yaml holder-2 holder-3
want 0 wait_for grep -q config.recovered running.log
kill "$running" && wait "$running"
want_same "$(git -C config rev-parse again)" "$(in_force)" 'in force is'
counts 2 alarm.raised '.code == "CHAIN-RECOVERED"'
git -C config checkout -q main
range() { "$TAGSEAL" check --repo repos/config.git --range "..again" --trust "$1" --ledger repos/ledger.git; }
want 0 range trust.yaml
says "on $(git -C config rev-parse --short=12 again): epoch 2"

# ---- what the commands refuse before anything is written
refuses USAGE 2 "$TAGSEAL" recover compose --repo config --ledger repos/ledger.git
refuses USAGE 2 compose --to main --expires soon -o again.yaml
refuses GIT-REF-MISSING 3 compose --to nowhere -o again.yaml
refuses CONFIG-VALUE 4 "$TAGSEAL" recover compose --repo config --ledger repos/ledger.git --trust compose.trust \
    --engine me --to main --reason none -o again.yaml
want 1 test -e again.yaml
rm -rf elsewhere && sed "s@^state: .*@state: $WORLD/elsewhere@" engine.yaml > elsewhere.yaml
want 0 "$TAGSEAL" recover apply recovery.yaml recovery.yaml.holder-{1,3}.sig --engine elsewhere.yaml --dry-run --json
want 0 jq -e '.epoch == 1 and .handed_over == false and (.keys | length) == 2' <<< "$out"
want 1 test -e elsewhere
(umask 077 && want 0 "$TAGSEAL" recover apply recovery.yaml recovery.yaml.holder-{1,3}.sig --engine elsewhere.yaml)
want_same '711 755 644' "$(stat -c %a elsewhere elsewhere/recovery elsewhere/recovery/statement | paste -sd ' ')" 'modes are'
want 0 cmp elsewhere/recovery/statement <(cat recovery.yaml recovery.yaml.holder-{1,3}.sig)
chmod 666 elsewhere.yaml
refuses ENGINE-EXPOSED 1 "$TAGSEAL" recover apply recovery.yaml recovery.yaml.holder-1.sig --engine elsewhere.yaml
head -c 300000 /dev/zero > large
refuses LIMIT-SIZE 2 "$TAGSEAL" recover apply recovery.yaml large --engine engine.yaml
