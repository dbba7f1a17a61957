#!/usr/bin/env bash
# packs - the engine packs the loose objects of its copy of the ledger between
# two passes, in its sandbox, and goes on from there; git gc does it too.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
make_world
store=state/judge/ledger.git
loose() { find "$store/objects" -type f -path '*/[0-9a-f][0-9a-f]/*' | wc -l; }
release() { build "$1" && VERSION=$1 tag alice "test/$1" test-signing "ci/acme-app-$1.zip" && pass_of_engine; want_same completed "$(state_of "test/$1")" "$1 is"; }

release 1.0.0
want 1 grep -q ledger.packed engine.log
before=$(loose)
mkdir many && (cd many && for i in {1..6000}; do echo "$i" > "$i"; done && find . -type f -printf '%P\n' | sed "s@^@$WORLD/many/@") |
    git -C "$store" hash-object -w --stdin-paths > /dev/null
pass_of_engine
want 0 grep -q 'ledger.packed objects=' engine.log
want_same 0 "$(loose)" 'loose objects are'
want 0 test "$(sed -n 's/.*ledger.packed objects=//p' engine.log)" -ge $((before + 6000))
want 0 git -C "$store" fsck --strict --no-dangling
release 1.0.1

# As docs/operator.md has it, while the engine is down; and the host does so.
want 0 git -C "$store" gc -q --prune=now
want 0 git -C repos/ledger.git gc -q --prune=now
release 1.0.2
# A new copy, from packs alone.
rm -rf state/judge state/courier
release 1.0.3
want 0 "$TAGSEAL" audit verify --repo repos/ledger.git
