#!/usr/bin/env bash
# partly - one signature of a level fails, the others were made: the ledger says
# what was made and what failed, and the release is tried again: by the copy of
# the key in a second token, which the ledger names.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=proofs.sh
. "$SOURCE/tests/e2e/proofs.sh"
make_world
sed -i -e "s@module: \"[^\"]*\"@module: \"$BUILD/tests/libshim.so\"@" \
    -e "s@read: \[\"$SOFTHSM2_CONF\"\]@read: [\"$SOFTHSM2_CONF\", \"$SOFTHSM2_CONF-fails\", \"$SOFTHSM2_CONF-away\"]@" engine.yaml
want 0 grep -q libshim.so engine.yaml
want 0 grep -q -e -fails engine.yaml
echo 0 > "$SOFTHSM2_CONF-fails"
: > "$SOFTHSM2_CONF-away"
# A spare of the token: the same keys and label, another serial number.
own=$(sed -n 's/^ *serial num *: *//p' < <(pkcs11-tool --module "$TAGSEAL_MODULE" --list-token-slots 2> /dev/null))
spare=0123456789abcdef
cp -r "$(dirname "$(grep -lr "$own" tokens --include=token.object)")" tokens/11111111-2222-3333-4444-555555555555
sed -i "s/$own/$spare/" tokens/11111111-2222-3333-4444-555555555555/token.object
want 0 pkcs11-tool --module "$TAGSEAL_MODULE" --list-token-slots
says "$spare"
sed -i -e "s/^  - {module: .*, token: test,/& serial: $own,/" -e "/^  - {module: .*token: test/{p;s/$own/\"$spare\"/}" engine.yaml
sed -i "s/serial: $own/serial: \"$own\"/" engine.yaml
want_same 2 "$(grep -c 'token: test, serial' engine.yaml)" 'tokens'
pass_of_engine
git clone -q --bare repos/ledger.git before.git
cp state/signer/state before.state
build 1.0.0
tag alice v1.0.0 release-signing ci/acme-app-1.0.0.zip
pass_of_engine
approve carol "$(request v1.0.0)"
approve dave "$(request v1.0.0)"

# ---- the second one fails, then the whole token is not there
echo 2 > "$SOFTHSM2_CONF-fails"
engine --once || true
echo 0 > "$SOFTHSM2_CONF-fails"
echo "$own" > "$SOFTHSM2_CONF-away"
settle
want 0 test "$(state_of v1.0.0)" = completed
first='select(.type == "keys.used")'
want_same '1 false' "$(events '' | jq -s -r "[.[] | $first][0] | \"\(.failed) \(.made == .count)\"")" 'of the first level'
want_same 0 "$(events keys.unknown | wc -l)" 'unknown uses'
want_same 2 "$(events request.authorised | wc -l)" 'attempts'
# The first intent names the token that failed, all later ones the other; each
# use is told of the token that its intent names.
want_same "$own $spare" "$(events keys.intended | jq -rs '[.[].token.serial] | "\(.[0]) \(.[1:] | unique | join(" "))"')" \
    'tokens of the intents'
want_same "$(events keys.intended | jq -rs 'map(.token.serial) | join(" ")')" \
    "$(events keys.used | jq -rs 'map(.token.serial) | join(" ")')" 'tokens of the uses'
uses=$(events '' | jq -s -r "[.[] | $first][0].uses_sha256")
git -C repos/ledger.git show "refs/heads/tagseal/ledger:blobs/sha256/${uses:0:2}/${uses:2:2}/${uses:4}" > uses
want_same "$(events '' | jq -s "[.[] | $first][0] | \"\(.count) \(.made)\"" -r)" \
    "$(wc -l < uses) $(grep -c signature_sha256 uses)" 'lines, and those with a signature'
prove_all v1.0.0

# ---- what the signer counted by itself is what the ledger accounts for
log_key=$(sed -n 's/^public: "\(.*\)"/\1/p' config/certificates/engine-log.yaml)
reconcile() { "$TAGSEAL" audit reconcile --engine engine.yaml --log-key "$log_key" --repo "$@"; }
want 0 reconcile repos/ledger.git
says reconciled
want 0 reconcile repos/ledger.git --json
want 0 jq -e --argjson all "$(events '' | jq -s '[.[] | select(.type == "keys.used") | .count] | add')" \
    '.reconciled and .signatures == $all and .told_least == $all and .told_most == $all' <<< "$out"
# A clone that is behind; a signer that was given an older memory, or none.
refuses AUDIT-RECONCILE 6 reconcile before.git
refuses AUDIT-RECONCILE 6 reconcile before.git --json
cp state/signer/state after.state
cp before.state state/signer/state
refuses AUDIT-RECONCILE 6 reconcile repos/ledger.git
says 'the ledger accounts for'
want 0 reconcile before.git
: > state/signer/state
refuses FILE-MISSING 2 reconcile repos/ledger.git
head -c 100 after.state > state/signer/state
refuses SIGNER-STATE 6 reconcile repos/ledger.git
cp after.state state/signer/state
want 0 reconcile repos/ledger.git
