#!/usr/bin/env bash
# again - what people say while a release is tried again changes nothing, and
# breaks nothing.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
make_world
log_key=$(sed -n 's/^public: "\(.*\)"/\1/p' config/certificates/engine-log.yaml)
ledger() { "$TAGSEAL" "$@" --repo repos/ledger.git --log-key "$log_key"; }

# ---- signed, but nobody gives a timestamp: it is authorised once more
kill "$tsa_pid" && wait "$tsa_pid" || true
build 1.0.0
tag alice v1.0.0 release-signing ci/acme-app-1.0.0.zip
want 0 engine --once
id=$(request v1.0.0)
approve carol "$id"
want 0 engine --once
want 0 test "$(events request.authorised | wc -l)" -eq 2
want 0 test "$(events approval.counted | wc -l)" -eq 1

# ---- too late to count, and to be denied or withdrawn
approve dave "$id"
approve carol "$id" withdraw
want 0 engine --once
want 0 test "$(events request.authorised | wc -l)" -eq 3
want 0 test "$(events approval.counted | wc -l)" -eq 1
want 0 test "$(events request.authorised | tail -1 | jq '.approvals | length')" -eq 1

# ---- the last attempt
"$TAGSEAL" tsa --key 'pkcs11:token=test;object=tsa' --certificate tsa.pem --listen "$(tr -d / <<< "${tsa#http:}")" > tsa.again 2> tsa.log &
for ((i = 0; i < 100; i++)); do [[ -s tsa.again ]] && break; sleep 0.05; done
pass_of_engine
want 0 test "$(state_of v1.0.0)" = completed
want 0 ledger audit verify
says 'sound'
