#!/usr/bin/env bash
# init: an engine that init set up begins its ledger, works, and is believed by
# clients who have trust.yaml.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"

make_place
init() {
	"$TAGSEAL" init engine --config config --url "$WORLD/repos/config.git" --state state --module "$TAGSEAL_MODULE" \
	    --token test --pin-file pin --access-read "$SOFTHSM2_CONF" --access-write tokens \
	    --repositories repos --outputs out -o engine.yaml "$@"
}

# A wrong PIN: nothing begins, nothing waits for ever, engine.yaml stays.
printf '9999\n' > pin
chmod 600 pin
want 5 init --trust .config/tagseal/trust.yaml
says "TOKEN-PIN-WRONG"
says "this began no ledger; engine.yaml stays"
want 0 test -f engine.yaml
want 0 test -z "$(git -C repos/ledger.git for-each-ref)"

# The one step that is left.
printf '1234\n' > pin
want 0 engine --begin
want 0 git -C repos/ledger.git rev-parse -q --verify tagseal/ledger
want 0 "$TAGSEAL" audit verify --repo repos/ledger.git --log-key "$(sed -n 's/^  keys: \["\(.*\)"\]$/\1/p' .config/tagseal/trust.yaml)"
says_not "unverified"
want 3 "$TAGSEAL" requests --repo repos/ledger.git
says_not "unverified"
want 0 engine --once
git -C repos/ledger.git rev-parse tagseal/ledger > before

# A ledger that has begun does not begin again.
refuses FILE-EXISTS 2 init
refuses LEDGER-ORDER 6 init --force
want 0 git -C repos/ledger.git merge-base --is-ancestor "$(cat before)" tagseal/ledger
