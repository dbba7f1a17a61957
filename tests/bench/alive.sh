#!/usr/bin/env bash
# alive - one tiny round of the benchmark of signatures, so that it does not
# rot; what it measures is not asked. Its tools are also of use: a token gets
# more keys than a person would make, and each is found.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"

want 0 python3 "$SOURCE/tests/bench/signatures.py" "$BUILD" "$WORLD/token" --json --repeat 1 --seconds 0.02 --processes 1 --keys 40 \
    --algorithms rsa-3072,ec-p256,ed25519
want 0 jq -e '(.signatures | length == 3 and all(.raw_1 > 0 and .ours_4 > 0 and .one > 0 and .tool > 0))
    and (.signatures | map(select(.engine == null) | .algorithm) == ["ed25519"])
    and (.start | map(.keys) == [2, 42] and all(.signer > 0 and .list > 0))' <<< "$out"
export SOFTHSM2_CONF=$WORLD/token/softhsm2.conf TAGSEAL_PIN=1234 TAGSEAL_MODULE=/usr/lib/softhsm/libsofthsm2.so
"$TAGSEAL" key list --token pkcs11:token=test --json > keys.json
want 0 jq -e 'length == 42 and ([.[].spki_sha256] | unique | length) == 42 and all(.algorithm != "unknown")' keys.json
"$TAGSEAL" key check 'pkcs11:token=test;object=spare-00039' --json > one.json || true
want_same "$(jq .spki_sha256 one.json)" "$(jq '.[] | select(.label == "spare-00039") | .spki_sha256' keys.json)" 'in a list and by itself'
want 2 "$BUILD/tests/tokenrate" $TAGSEAL_MODULE test 1234 rate
want 2 "$BUILD/tests/signerrate" $TAGSEAL_MODULE test rate ec-p256
want 2 "$BUILD/tests/signerrate" $TAGSEAL_MODULE test rate nobody 0.01 1 1
says KEY-ABSENT
