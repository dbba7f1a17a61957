#!/usr/bin/env bash
# verify --receipt - signature and receipt are judged together, by the ledger's
# key or a pin: both must be good. Another file, another receipt, another log, a
# changed receipt and a cut file are not.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=../formats/pki.sh
. "$SOURCE/tests/formats/pki.sh"
pki=$WORLD/pki
pki_make
sha() { sha256sum < "$1" | cut -d' ' -f1; }

echo 'int main(void) { return 0; }' > hello.c
x86_64-w64-mingw32-gcc -s -o plain.exe hello.c
their_sign() {
	osslsigncode sign -certs "$pki/code.pem" -key "$pki/code.key" -h sha256 -n "$3" -in "$1" -out "$2" > log
}
their_sign plain.exe setup.exe 'Acme App'
their_sign plain.exe twin.exe 'Acme Twin'
zip -q app.zip setup.exe
mkdir made other
tree=$(jq -cSn --arg setup "$(sha setup.exe)" '{signatures: [{path: "setup.exe", sha256_after: $setup}]}')
"$BUILD/tests/write-ledger" made ed25519 ed25519 "$(sha app.zip)" "$tree" > /dev/null
"$BUILD/tests/write-ledger" other ed25519 ed25519 "$(sha app.zip)" "$tree" > /dev/null
"$TAGSEAL" receipt app.zip --repo made/ledger.git --log-key made/vkey -o app.zip.receipt.json
"$TAGSEAL" receipt app.zip --repo made/ledger.git --log-key made/vkey --tlog-proof -o tlog-proof
verify=("$TAGSEAL" verify --roots "$pki/ca.pem" --log-key made/vkey)

# ---- good: the one beside it, one that is named, both forms, a part
want 0 "${verify[@]}" --receipt app.zip
says 'app.zip: good'
says 'good signature: authenticode'
says 'good: event'
says 'file        is the one'
want 0 "${verify[@]}" app.zip --receipt
want 0 "${verify[@]}" --receipt=tlog-proof app.zip
want 0 "${verify[@]}" --receipt=app.zip.receipt.json setup.exe
says 'is a part of it: setup.exe'
want 0 "${verify[@]}" --receipt app.zip --json
want 0 jq -e '.verdict == "good" and (.artifacts[0] | .signatures_verdict == "good" and
    .receipt.verdict == "good" and .receipt.event.type == "artifact.verified")' <<< "$out"
cp app.zip.receipt.json setup.exe.receipt.json
want 0 "${verify[@]}" --receipt app.zip setup.exe

# ---- by the pins alone
mkdir -p home/.config/tagseal
cat > home/.config/tagseal/trust.yaml <<YAML
tagseal: 1
config:
  id: "0b7e4c1a-5d2f-4e38-9a6b-1c7d8e9f0a2b"
  root: {commit: "$(printf '%040d' 1)", payload-sha256: "$(printf '%064d' 1)", manifest-sha256: "$(printf '%064d' 1)"}
ledger: {keys: ["$(cat other/vkey)", "$(cat made/vkey)"]}
YAML
want 0 env HOME="$WORLD/home" "$TAGSEAL" verify --receipt app.zip
refuses USAGE 2 env HOME="$WORLD" "$TAGSEAL" verify --receipt app.zip
says 'trust.yaml'

# ---- bad, though the signature is good
bad() { # CODE EXIT VERIFY-ARGUMENTS…
	refuses "$1" "$2" "${verify[@]}" "${@:3}"
	says_not 'good: event'
	want 1 grep -qE '^[a-z.]+: good' <<< "$out"
}
bad RECEIPT-FILE 1 --receipt=app.zip.receipt.json twin.exe
bad RECEIPT-FILE 1 --receipt=tlog-proof setup.exe
bad FILE-MISSING 2 --receipt twin.exe
refuses NOTE-UNSIGNED 1 "$TAGSEAL" verify --roots "$pki/ca.pem" --log-key other/vkey --receipt app.zip
says 'app.zip: bad'
says 'good signature: authenticode'
"$TAGSEAL" receipt app.zip --repo other/ledger.git --log-key other/vkey -o others
bad NOTE-UNSIGNED 1 --receipt=others app.zip
jq -jcS '.n = 3' app.zip.receipt.json > changed
bad MERKLE-PROOF 1 --receipt=changed app.zip
jq -jcS '.proof |= .[1:]' app.zip.receipt.json > changed
bad MERKLE-PROOF 1 --receipt=changed app.zip
jq -jcS '.checkpoint |= sub("\n[0-9]+\n"; "\n99\n")' app.zip.receipt.json > changed
bad SIGNATURE-BAD 1 --receipt=changed app.zip
head -c 1000 app.zip.receipt.json > changed
bad JSON-MALFORMED 2 --receipt=changed app.zip
jq . app.zip.receipt.json > changed
bad CANONICAL 2 --receipt=changed app.zip
refuses RECEIPT-FILE 1 "${verify[@]}" --receipt=app.zip.receipt.json --json twin.exe
want 0 jq -e '.verdict == "bad" and (.artifacts[0] | .signatures_verdict == "good" and
    .receipt.verdict == "bad" and .receipt.error.code == "RECEIPT-FILE")' <<< "$out"

# ---- bad files under a good receipt
cp app.zip whole.zip
head -c -30 whole.zip > app.zip
want 2 "${verify[@]}" --receipt app.zip
says RECEIPT-FILE
cp whole.zip app.zip
"$BUILD/tests/write-ledger" "$(mkdir plain && echo plain)" ed25519 ed25519 "$(sha plain.exe)" x > /dev/null
"$TAGSEAL" receipt plain.exe --repo plain/ledger.git --log-key plain/vkey -o plain.exe.receipt.json
want 3 "$TAGSEAL" verify --log-key plain/vkey --receipt plain.exe
says 'plain.exe: not signed'
says 'good: event'
# The worst of several counts.
want 2 "${verify[@]}" --receipt app.zip twin.exe

# ---- how it is asked for
refuses USAGE 2 "${verify[@]}" app.zip
refuses USAGE 2 "${verify[@]}" --receipt=app.zip.receipt.json app.zip setup.exe
refuses USAGE 2 "${verify[@]}" --receipt --receipt app.zip
refuses USAGE 2 "${verify[@]}" --receipt --catalog app.zip setup.exe
