#!/usr/bin/env bash
# freshness - a config repo of which nothing is heard signs no release, until
# an administrator says that nothing is newer.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"

stop=40
more_config() { sed -i "/^freshness:/d; \$ a freshness: {warn: 1s, stop: ${stop}s}" config/tagseal.yaml; }
make_world
begun=$SECONDS
# heartbeat WHO: as that person in the clone config, and pushed.
heartbeat() {
	GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=gpg.format GIT_CONFIG_VALUE_0=ssh GIT_CONFIG_KEY_1=user.signingkey \
	    GIT_CONFIG_VALUE_1=$WORLD/keys/$1.pub GIT_COMMITTER_NAME=$1 GIT_COMMITTER_EMAIL=$1 \
	    "$TAGSEAL" heartbeat --repo config --json | jq -r .tag > tag
	by "$1" config push -q origin "refs/tags/$(cat tag)"
}

# ---- it gets old: first a warning, then an alarm, and releases wait
build 1.0.0
sleep 1.5
tag alice v1.0.0 release-signing ci/acme-app-1.0.0.zip
pass_of_engine
approve carol "$(request v1.0.0)"
while [[ $((SECONDS - begun)) -lt $((stop + 1)) ]]; do sleep 0.5; done
VERSION=1.0.0 tag alice vtest test-signing ci/acme-app-1.0.0.zip
pass_of_engine
look
counts 1 alarm.raised '.code == "CHAIN-STALE" and .severity == "warning"'
counts 1 alarm.raised '.code == "CHAIN-STALE" and .severity == "alarm"'
want_same waiting "$(state_of v1.0.0)" 'v1.0.0 is'
completes vtest
want 0 "$TAGSEAL" show --repo repos/ledger.git "$(request v1.0.0)"
says CHAIN-STALE

# ---- the word of a developer, or an old one, renews nothing
heartbeat alice
pass_of_engine
look
counts 0 config.confirmed
want_same waiting "$(state_of v1.0.0)" 'v1.0.0 is'

# ---- that of an administrator does; its number only rises
heartbeat carol
want_same heartbeat/2 "$(cat tag)" 'the tag is'
pass_of_engine
look
counts 1 config.confirmed '.heartbeat == 2 and .signer == "person/carol"'
completes v1.0.0
by carol config tag -d heartbeat/1 > /dev/null
git -C repos/config.git update-ref refs/tags/heartbeat/1 refs/tags/heartbeat/2
pass_of_engine
look
counts 1 config.confirmed
counts 1 alarm.raised '.code == "CHAIN-STALE" and .severity == "alarm"'
signed_only v1.0.0 vtest
want_same heartbeat "$(asked 'select(.type == "config.confirmed") | .evidence[].what')" 'its evidence is'
want 0 "$TAGSEAL" check --repo config
says 'heartbeat: number 2 by carol'
