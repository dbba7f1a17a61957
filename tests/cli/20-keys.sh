#!/usr/bin/env bash
# keys, certificates and the timestamp authority: judged by openssl and opensc.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/cli/world.sh"

refuses TOKEN-MODULE 5 env TAGSEAL_MODULE=/nonexistent.so "$TAGSEAL" key list --token pkcs11:token=test
new_token test

want 3 "$TAGSEAL" key list --token pkcs11:token=test
refuses TOKEN-ABSENT 5 "$TAGSEAL" key list --token pkcs11:token=other
refuses USAGE 2 "$TAGSEAL" key make --token pkcs11:token=test
refuses KEY-URI 2 "$TAGSEAL" key check nonsense
refuses KEY-ABSENT 3 "$TAGSEAL" key check 'pkcs11:token=test;object=none'

for algorithm in rsa-3072 ec-p256 ec-p384 ec-p521 ed25519; do
	want 0 "$TAGSEAL" key make --token pkcs11:token=test --label "k-$algorithm" --algorithm $algorithm
	says "sound"
	want 0 "$TAGSEAL" key check "pkcs11:token=test;object=k-$algorithm"
	want 0 "$TAGSEAL" certificate csr --key "pkcs11:token=test;object=k-$algorithm" \
	    --subject "CN=Test $algorithm,O=Acme,C=DE" --name dns:acme.example -o $algorithm.csr
	want 0 openssl req -verify -noout -in $algorithm.csr
	want 0 "$TAGSEAL" certificate self-signed --key "pkcs11:token=test;object=k-$algorithm" \
	    --subject "CN=Test $algorithm" --days 30 -o $algorithm.pem
	want 0 openssl verify -check_ss_sig -CAfile $algorithm.pem -purpose any $algorithm.pem
	want 0 openssl x509 -in $algorithm.pem -noout -ext extendedKeyUsage
	says "Code Signing"
done
refuses KEY-EXISTS 2 "$TAGSEAL" key make --token pkcs11:token=test --label k-ec-p256 --algorithm ec-p256
refuses KEY-ALGORITHM 2 "$TAGSEAL" key make --token pkcs11:token=test --label x --algorithm rsa-1024
refuses SUBJECT-MALFORMED 2 "$TAGSEAL" certificate self-signed --key 'pkcs11:token=test;object=k-ec-p256' --subject nonsense -o x.pem
want 1 test -e x.pem

want 0 "$TAGSEAL" key list --token pkcs11:token=test --json
want 0 jq -e 'length == 5 and all(.[]; .findings == [] and .attributes.never_extractable)' <<< "$out"
want 0 pkcs11-tool --module "$TAGSEAL_MODULE" --token-label test --login --pin 1234 --list-objects --type privkey
says "never extractable"
says_not "unwrap"
says_not "decrypt"

# A key that came from elsewhere is told apart.
want 0 pkcs11-tool --module "$TAGSEAL_MODULE" --token-label test --login --pin 1234 \
    --keypairgen --key-type EC:prime256v1 --label foreign --id 77 --usage-derive
want 1 "$TAGSEAL" key check 'pkcs11:token=test;object=foreign'

refuses TOKEN-PIN-WRONG 5 env TAGSEAL_PIN=9999 "$TAGSEAL" key list --token pkcs11:token=test
printf '1234\n' > pin
chmod 600 pin
want 0 env -u TAGSEAL_PIN "$TAGSEAL" key list --token pkcs11:token=test --pin-file pin
chmod 644 pin
refuses PIN-EXPOSED 1 env -u TAGSEAL_PIN "$TAGSEAL" key list --token pkcs11:token=test --pin-file pin

# Every use is logged for who asks for it.
want 0 env TAGSEAL_LOG=1 "$TAGSEAL" certificate csr --key 'pkcs11:token=test;object=k-ec-p256' --subject CN=x -o log.csr
says "signer.signed"
says "mode=local"

# The timestamp authority: openssl asks and verifies.
new_authority
start_tsa
printf 'hello\n' > data
for hash in sha256 sha384 sha512; do
	openssl ts -query -data data -$hash -cert -out query 2> /dev/null
	want 0 curl -sf --data-binary @query -H 'Content-Type: application/timestamp-query' -o reply "$tsa"
	want 0 openssl ts -verify -queryfile query -in reply -CAfile ca.pem
	says "Verification: OK"
done
openssl ts -query -data data -sha1 -cert -out query 2> /dev/null
curl -sf --data-binary @query -o reply "$tsa"
want 0 openssl ts -reply -in reply -text
says "Rejected"
printf 'nonsense' > query
curl -sf --data-binary @query -o reply "$tsa"
want 0 openssl ts -reply -in reply -text
says "Rejected"
want 22 curl -sf "$tsa"
head -c 5000 /dev/zero > query
want 22 curl -sf --data-binary @query "$tsa"
kill "$tsa_pid"
wait "$tsa_pid" && pass || fail "the authority ended with $?"
want 0 grep -q '3 timestamps granted' tsa.log

# A certificate of another kind, or of another key, is refused.
make_signer code rsa-3072
refuses CERTIFICATE-PURPOSE 1 "$TAGSEAL" tsa --key 'pkcs11:token=test;object=code' --certificate code.pem --listen 127.0.0.1:0
refuses CERTIFICATE-KEY 2 "$TAGSEAL" tsa --key 'pkcs11:token=test;object=tsa' --certificate code.pem --listen 127.0.0.1:0
