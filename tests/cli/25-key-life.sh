#!/usr/bin/env bash
# the life of a key: records of ceremonies, checks against them, keys from
# files; judged by pkcs11-tool, openssl, jq and ajv.
. "$(dirname "$0")/../lib.sh"
# shellcheck source=world.sh
. "$SOURCE/tests/cli/world.sh"
# shellcheck source=../npm.sh
. "$SOURCE/tests/npm.sh"
new_token test
uri='pkcs11:token=test;object'
make() { want "$1" "$TAGSEAL" key make --token pkcs11:token=test "${@:2}"; }
import() { "$TAGSEAL" key import --token pkcs11:token=test "$@"; }

# ---- a record: what it says is what openssl and pkcs11-tool say
head -c 1000 /dev/urandom > att
for algorithm in ec-p384 ed25519; do
	make 0 --label $algorithm --algorithm $algorithm --record $algorithm.json \
	    --by 'Carol Example' --witness 'Dave Example' --witness 'Erin Example' --attestation att
	want 0 "$TAGSEAL" key check "$uri=$algorithm" --record $algorithm.json
	jq -r .key.public_key $algorithm.json | base64 -d > spki.der
	want_same "$(jq -r .key.spki_sha256 $algorithm.json)" "$(sha256sum < spki.der | cut -d' ' -f1)" spki
	want 0 openssl pkey -pubin -inform DER -in spki.der -noout
	want_same "$(jq -r .attestation.bytes $algorithm.json | base64 -d | sha256sum)" "$(sha256sum < att)" attestation
done
# what pkcs11-tool signs with the key fits the record's public key
printf hello > data
jq -r .key.public_key ec-p384.json | base64 -d > spki.der
openssl dgst -sha384 -binary data > digest
pkcs11-tool --module "$TAGSEAL_MODULE" --token-label test --login --pin 1234 --sign --id "$(jq -r .key.id ec-p384.json)" -m ECDSA \
    --signature-format openssl -i digest -o data.sig > tool.log 2>&1 || cat tool.log
want 0 openssl dgst -sha384 -verify spki.der -keyform DER -signature data.sig data
serial=$(pkcs11-tool --module "$TAGSEAL_MODULE" --list-token-slots 2> /dev/null | sed -n 's/^ *serial num *: *//p' | head -1)
want_same "$serial" "$(jq -r .token.serial ec-p384.json)" serial
want 0 jq -e '.how == "made" and (.exposed | not) and .by == "Carol Example" and (.witnesses | length) == 2
    and .key.mechanism == "CKM_EC_KEY_PAIR_GEN"' ec-p384.json
want_same "$(jq -cSj . ec-p384.json)" "$(cat ec-p384.json)" 'one spelling'

# ---- no key is made whose record could not be written, or by nobody
make 2 --label x --algorithm ec-p256 --record ec-p384.json --by Carol
says FILE-EXISTS
make 2 --label x --algorithm ec-p256 --record nowhere/x.json --by Carol
make 2 --label x --algorithm ec-p256 --record x.json
make 2 --label x --algorithm ec-p256 --by Carol
says USAGE
head -c 70000 /dev/zero > large
make 2 --label x --algorithm ec-p256 --record x.json --by Carol --attestation large
says LIMIT-SIZE
refuses TOKEN-PIN-WRONG 5 env TAGSEAL_PIN=9999 "$TAGSEAL" key make --token pkcs11:token=test --label x --record x.json --by Carol
refuses KEY-ABSENT 3 "$TAGSEAL" key check "$uri=x"
want 1 test -e x.json

# ---- another key, another token, other attributes: each is named
"$TAGSEAL" key make --token pkcs11:token=test --label ec-p384-2 --algorithm ec-p384 > /dev/null
want 1 "$TAGSEAL" key check "$uri=ec-p384-2" --record ec-p384.json --json
want_same '["key.id","key.label","key.spki_sha256"]' "$(jq -c '[.differences[].member] | sort' <<< "$out")" differences
jq -cSj '.token.serial = "00" | .token.firmware_version = "1.9"' ec-p384.json > other.json
want 1 "$TAGSEAL" key check "$uri=ec-p384" --record other.json
says "CEREMONY-DIFFERS token.serial is '$serial', in the record '00'"
says "changed     token.firmware_version"
jq -cSj '.token.firmware_version = "1.9"' ec-p384.json > newer.json
want 0 "$TAGSEAL" key check "$uri=ec-p384" --record newer.json
jq -cSj '.key.attributes.derive = true' ec-p384.json > derive.json
want 1 "$TAGSEAL" key check "$uri=ec-p384" --record derive.json
says 'attributes.derive'
head -c 300 ec-p384.json > cut.json
refuses CEREMONY-MALFORMED 2 "$TAGSEAL" key check "$uri=ec-p384" --record cut.json
refuses FILE-MISSING 2 "$TAGSEAL" key check "$uri=ec-p384" --record nothing.json

# ---- a vendor's tool made it, and lets it out: it has no record
pkcs11-tool --module "$TAGSEAL_MODULE" --token-label test --login --pin 1234 --keypairgen \
    --key-type EC:prime256v1 --label vendor --id 77 --extractable > /dev/null 2>&1
want 1 "$TAGSEAL" key check "$uri=vendor"
says KEY-EXPORTABLE
refuses CEREMONY-MALFORMED 2 "$TAGSEAL" key record "$uri=vendor" --record vendor.json --by Carol
want 1 test -e vendor.json
want 0 "$TAGSEAL" key record "$uri=ec-p384" --record again.json --by Carol
want_same "$(jq -c .key ec-p384.json)" "$(jq -c .key again.json)" 'record of a key that is there'

# ---- weak ones are neither used nor sound
pkcs11-tool --module "$TAGSEAL_MODULE" --token-label test --login --pin 1234 --keypairgen \
    --key-type rsa:1024 --label short --id 78 > /dev/null 2>&1
refuses KEY-WEAK 1 "$TAGSEAL" key check "$uri=short"
refuses KEY-WEAK 1 "$TAGSEAL" certificate self-signed --key "$uri=short" --subject CN=x -o x.pem

# ---- a key from a file, by a passphrase in a file and by one that is typed
umask 077
printf 'secret\n' > pass
openssl req -x509 -newkey rsa:2048 -nodes -keyout rsa.pem -subj /CN=x -out rsa.crt 2> /dev/null
openssl pkcs12 -export -inkey rsa.pem -in rsa.crt -passout file:pass -out rsa.p12
openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256 -aes256 -pass file:pass -out ec.pem
want 0 import rsa.p12 --label rsa --passphrase-file pass --record rsa.json --by Carol
says KEY-IMPORTED
want 0 jq -e '.how == "imported" and .exposed and (.key.attributes | (.local or .extractable or .never_extractable
    or .always_sensitive | not) and .sensitive)' rsa.json
want 0 jq -e '.key | has("mechanism") | not' rsa.json
{ sleep 0.5; printf 'secret\r'; } | script -qec "'$TAGSEAL' key import ec.pem --token pkcs11:token=test --label ec" typed > /dev/null
want 1 grep -q secret typed
want 1 "$TAGSEAL" key check "$uri=ec"
# pkcs11-tool lists them as others' keys, and signs with them; openssl verifies
want 0 pkcs11-tool --module "$TAGSEAL_MODULE" --token-label test --login --pin 1234 --list-objects --type privkey
want_same 2 "$(grep -c '^ *Access: *sensitive$' <<< "$out")" 'imported keys'
pkcs11-tool --module "$TAGSEAL_MODULE" --token-label test --login --pin 1234 --sign --id "$(jq -r .key.id rsa.json)" -m SHA256-RSA-PKCS \
    -i data -o data.sig > /dev/null 2>&1
openssl pkey -in rsa.pem -pubout -out rsa.pub
want 0 openssl dgst -sha256 -verify rsa.pub -signature data.sig data
want 1 "$TAGSEAL" key check "$uri=rsa" --record rsa.json --json
want 0 jq -e '.differences == [] and (.findings | map(.code) | unique == ["KEY-EXPORTABLE", "KEY-IMPORTED"])' <<< "$out"
# accepted by name, and told; only as its record has it, and only what was
want 0 "$TAGSEAL" key check "$uri=rsa" --record rsa.json --accept-exposed
says 'accepted    KEY-IMPORTED: '
says 'verdict     exposed: copies may exist, as its record says'
want 0 "$TAGSEAL" key check "$uri=rsa" --record rsa.json --accept-exposed --json
want 0 jq -e '.findings | map(.accepted) == [true, true, true]' <<< "$out"
refuses USAGE 2 "$TAGSEAL" key check "$uri=rsa" --accept-exposed
want 1 "$TAGSEAL" key check "$uri=ec" --record rsa.json --accept-exposed
want 1 "$TAGSEAL" key check "$uri=vendor" --record rsa.json --accept-exposed --json
want 0 jq -e '.findings != [] and all(.findings[]; has("accepted") | not)' <<< "$out"
want 0 "$TAGSEAL" certificate csr --key "$uri=ec" --subject CN=x -o ec.csr
want 0 openssl req -verify -noout -in ec.csr

# ---- files that are no good
printf 'wrong\n' > wrong
refuses KEY-PASSPHRASE 2 import rsa.p12 --label y --passphrase-file wrong
refuses KEY-PASSPHRASE 2 setsid -w "$TAGSEAL" key import --token pkcs11:token=test ec.pem --label y
head -c 900 rsa.p12 > cut.p12
refuses KEY-FILE 2 import cut.p12 --label y --passphrase-file pass
refuses KEY-FILE 2 import rsa.crt --label y --passphrase-file pass
refuses KEY-EXISTS 2 import ec.pem --label ec --passphrase-file pass
openssl genrsa -out short.pem 1024 2> /dev/null
refuses KEY-WEAK 1 import short.pem --label y --passphrase-file pass
openssl genrsa -3 -out three.pem 2048 2> /dev/null
refuses KEY-EXPONENT 1 import three.pem --label y --passphrase-file pass
chmod 644 pass
refuses PIN-EXPOSED 1 import ec.pem --label y --passphrase-file pass
chmod 600 pass
refuses TOKEN-PIN-WRONG 5 env TAGSEAL_PIN=9999 "$TAGSEAL" key import --token pkcs11:token=test ec.pem --label y --passphrase-file pass
refuses KEY-ABSENT 3 "$TAGSEAL" key check "$uri=y"

# ---- ajv reads all records by the published schema, and no changed one
npm_folder
schema=$SOURCE/schemas/ceremony.json
want 0 env -C "$npm" node "$SOURCE/tests/ledger/judge_papers.mjs" "$schema" "$PWD"/{ec-p384,ed25519,rsa,again}.json
jq 'del(.by)' rsa.json > bad1.json
jq '.key.attributes.wrap = true' rsa.json > bad2.json
jq '.how = "found"' rsa.json > bad3.json
want 1 env -C "$npm" node "$SOURCE/tests/ledger/judge_papers.mjs" "$schema" "$PWD"/bad{1,2,3}.json
want_same 3 "$(grep -c bad <<< "$out")" 'bad records'
