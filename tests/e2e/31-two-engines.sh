#!/usr/bin/env bash
# two engines - one state folder is one engine's; two engines with a state each
# share a ledger: whoever authorises a request carries it to its end.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=proofs.sh
. "$SOURCE/tests/e2e/proofs.sh"
# shellcheck source=notices.sh
. "$SOURCE/tests/e2e/notices.sh"
more_config() {
	printf 'notify:\n  - {on: ["request.*"], webhook: {url: "%s/hook/as", private-address: true}}\n' \
	    "$receiver" >> config/tagseal.yaml
}
start_receiver
TSA_DAYS=85 make_world
# An engine that nobody declared writes nothing.
sed -e 's/000000000001"/000000000009"/' -e "s@^state: .*@state: $WORLD/state-9@" engine.yaml > engine-9.yaml
at_least engine-9.yaml
refuses ENGINE-UNDECLARED 4 "$TAGSEAL" engine --engine engine-9.yaml --once
rm -rf state-9
another_engine 2 engine-2.yaml
want 0 test "$(events engine.declared | jq -r .declared)" = 6f1c0d2e-0000-4000-8000-000000000002
cp engine.yaml engine-3.yaml
refuses SIGNER-NEW 5 "$TAGSEAL" engine --engine engine-2.yaml --once
at_least engine-2.yaml

# start NUMBER: the daemon; its log is in engine-NUMBER.log.
start() { "$TAGSEAL" engine --engine "$WORLD/engine$1.yaml" 2> "engine$1.log" & pids+=($!); }
# both say FACT: within 20 s.
both() {
	local i log
	for log in engine-1.log engine-2.log; do
		for ((i = 0; i < 200; i++)); do if grep -q " $1 " "$log"; then break; fi; sleep 0.1; done
		if grep -q " $1 " "$log"; then pass; else fail "no '$1' in $log"; tail -20 "$log" >&2; fi
	done
}
ended() { [[ $(events '' | jq -r '.type | select(test("^request.(completed|failed)$"))' | wc -l) -ge $1 ]]; }

mv engine.yaml engine-1.yaml
pids=()
# Who is told of it all never answers: that holds up nobody.
echo hang > hooks/answer
start -1
start -2
both engine.started

# ---- a third one with the state of the first is refused
refuses FILE-LOCKED 5 "$TAGSEAL" engine --engine engine-3.yaml --once

# ---- a key that ends soon, seen by both at once; and six releases
printf '    valid-to: "%s"\n' "$(date -u -d '+20 days' +%FT%TZ)" >> config/people/bob.yaml
change_config 'Bob leaves'
tags=()
for i in 1 2 3 4 5 6; do
	build "1.0.$i"
	VERSION=1.0.$i tag alice "test/1.0.$i" test-signing "ci/acme-app-1.0.$i.zip"
	tags+=("test/1.0.$i")
done
for ((i = 0; i < 600; i++)); do if ended 6; then break; fi; sleep 0.1; done
kill "${pids[@]}"
for pid in "${pids[@]}"; do if wait "$pid"; then pass; else fail "an engine ended with $?"; fi; done

want 1 grep -q PROCESS-SLOW engine-1.log engine-2.log

# ---- each was completed once, by whoever authorised it
want 1 test -e hooks/hooks
echo 204 > hooks/answer
mv engine-1.yaml engine.yaml
settle
printf 'conflicts: %s\n' "$(cat engine-1.log engine-2.log | grep -c RECORD-CONFLICT)"
prove_all "${tags[@]}"
holds 'failed' '.[] | select(.type == "request.failed")'
holds 'requests of two engines' '[.[] | select(.type | test("^(request.authorised|keys.*|artifact.verified|artifact.published|request.completed)$"))] |
    group_by(.request)[] | select([.[].engine] | unique | length != 1)'
printf 'completed: %s\n' "$(jq -r '.[] | select(.type == "request.completed") | .engine' all.json | sort | uniq -c | xargs)"
want_same '["person/bob","timestamp-token"]' "$(jq -c '[.[] | select(.type == "certificate.expiring") | .thing] | sort' all.json)" 'told to end, once each'

# ---- each tells of its own events, in their order, what the receiver did not
# take before
want 0 "$TAGSEAL" engine --engine engine-2.yaml --once
told '"\(.n) \(.event.engine)"' > told
for engine in 1 2; do want 0 sort -nc <(grep "0000$engine\$" told); done
want_same "$(jq -r '.[] | select(.type | startswith("request.")) | .n' all.json)" "$(told | sort -n)" 'told was'
