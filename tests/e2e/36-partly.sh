#!/usr/bin/env bash
# partly - one signature of a level fails, the others were made: the ledger says
# what was made and what failed, and the release is tried again.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=proofs.sh
. "$SOURCE/tests/e2e/proofs.sh"
make_world
sed -i -e "s@module: \"[^\"]*\"@module: \"$BUILD/tests/libshim.so\"@" \
    -e "s@read: \[\"$SOFTHSM2_CONF\"\]@read: [\"$SOFTHSM2_CONF\", \"$SOFTHSM2_CONF-fails\"]@" engine.yaml
want 0 grep -q libshim.so engine.yaml
want 0 grep -q -e -fails engine.yaml
echo 0 > "$SOFTHSM2_CONF-fails"
build 1.0.0
tag alice v1.0.0 release-signing ci/acme-app-1.0.0.zip
pass_of_engine
approve carol "$(request v1.0.0)"
approve dave "$(request v1.0.0)"

# ---- the second one fails
echo 2 > "$SOFTHSM2_CONF-fails"
engine --once || true
echo 0 > "$SOFTHSM2_CONF-fails"
settle
want 0 test "$(state_of v1.0.0)" = completed
first='select(.type == "keys.used")'
want_same '1 false' "$(events '' | jq -s -r "[.[] | $first][0] | \"\(.failed) \(.made == .count)\"")" 'of the first level'
want_same 0 "$(events keys.unknown | wc -l)" 'unknown uses'
want_same 2 "$(events request.authorised | wc -l)" 'attempts'
uses=$(events '' | jq -s -r "[.[] | $first][0].uses_sha256")
git -C repos/ledger.git show "refs/heads/tagseal/ledger:blobs/sha256/${uses:0:2}/${uses:2:2}/${uses:4}" > uses
want_same "$(events '' | jq -s "[.[] | $first][0] | \"\(.count) \(.made)\"" -r)" \
    "$(wc -l < uses) $(grep -c signature_sha256 uses)" 'lines, and those with a signature'
prove_all v1.0.0
