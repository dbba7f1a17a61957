#!/usr/bin/env bash
# OpenPGP certificates for keys in a token: made, renewed, revoked; gpg judges.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/cli/world.sh"

new_token test
uri='pkcs11:token=test;object'
tagseal() { "$TAGSEAL" "$@"; }
gpg() { command gpg --homedir "$WORLD/gpg" --batch --no-tty --no-autostart "$@"; }
fresh_gpg() { rm -rf "$WORLD/gpg"; mkdir -m 700 "$WORLD/gpg"; gpg --quiet --import "$@" 2> /dev/null; }
tagseal key make --token pkcs11:token=test --label release --algorithm ec-p256 --record release.json --by Alice > /dev/null
tagseal key make --token pkcs11:token=test --label sub --algorithm ec-p256 --record sub.json --by Alice > /dev/null
tagseal key make --token pkcs11:token=test --label next --algorithm rsa-3072 --record next.json --by Alice > /dev/null
openpgp=(tagseal certificate openpgp --key "$uri=release")
name='Acme Release <release@acme.example>'

# sign FILE ID FINGERPRINT: FILE.sig, framed here and signed by pkcs11-tool.
sign() {
	python3 - "$1" "$2" "$3" <<-'END'
	import hashlib, os, subprocess, sys, time
	file, key, fingerprint = sys.argv[1:]
	fingerprint = bytes.fromhex(fingerprint)
	sub = b"\x16\x21\x04" + fingerprint + b"\x05\x02" + int(time.time()).to_bytes(4, "big")
	head = bytes([4, 0, 19, 8]) + len(sub).to_bytes(2, "big") + sub
	digest = hashlib.sha256(open(file, "rb").read() + head + b"\x04\xff" + len(head).to_bytes(4, "big")).digest()
	open("digest", "wb").write(digest)
	subprocess.run(["pkcs11-tool", "--module", os.environ["TAGSEAL_MODULE"], "--token-label", "test", "--login",
	    "--pin", "1234", "--sign", "--id", key, "--mechanism", "ECDSA",
	    "--input-file", "digest", "--output-file", "value"], check=True, capture_output=True)
	value = open("value", "rb").read()
	body = head + b"\x00\x0a\x09\x10" + fingerprint[-8:] + digest[:2]
	for half in value[:32], value[32:]:
	    n = int.from_bytes(half, "big")
	    body += n.bit_length().to_bytes(2, "big") + n.to_bytes((n.bit_length() + 7) // 8, "big")
	open(file + ".sig", "wb").write(b"\xc2" + bytes([len(body)]) + body)
	END
}

# ---- from key to certificate, and to a signature that gpg verifies
want 0 "${openpgp[@]}" --name "$name" --name 'Acme <other@acme.example>' --subkey "$uri=sub" --record release.json \
    --expires 400d -o release.asc --json
answer=$out
want 0 jq -e '.days_left == 400 and (.user_ids | length) == 2 and .revocation == "release.rev" and .revoked == false' <<< "$out"
print=$(jq -r .fingerprint <<< "$answer") subprint=$(jq -r '.subkeys[0].fingerprint' <<< "$answer")
same <(jq -r '.created[:19]' <<< "$answer") <(jq -r '.at[:19]' release.json)
same <(stat -c %a release.rev) <(echo 600)
fresh_gpg release.asc
want 0 gpg --check-sigs --with-subkey-fingerprint
says "3 good signatures"
says "$(date -u -d '+400 days' +%F)"
want 0 gpg --with-colons --fixed-list-mode --list-keys
says "${print^^}"
says "${subprint^^}"
want 0 gpg --list-packets release.asc
says "pref-hash-algos: 10 9 8"
says "features: 01"
says "primary user ID"
says "class 0x19"
echo artifact > artifact
for signer in "release $print" "sub $subprint"; do
	id=$(tagseal key check "$uri=${signer%% *}" --json | jq -r .id)
	sign artifact "$id" "${signer#* }"
	want 0 gpg --verify artifact.sig artifact
	says "Good signature from \"$name\""
	cp artifact.sig "${signer%% *}.sig"
done
echo other > artifact
want 1 gpg --verify artifact.sig artifact
echo artifact > artifact

want 0 "${openpgp[@]}" --name "$name" --expires 1s -o short.asc
ended=$(($(date +%s) + 1))

# ---- the same fingerprint again; another time is another key
want 0 "${openpgp[@]}" --name "$name" --created "$(jq -r '.at[:19]' release.json)Z" -o again.asc --json
same <(jq -r .fingerprint <<< "$out") <(echo "$print")
want 0 "${openpgp[@]}" --name "$name" --created 2026-01-01 --reason retired --reason-text 'Not used' -o old.asc
says 2026-01-01T00:00:00Z
want 1 grep -q "$print" <<< "$out"

# ---- renewed: the same key, a later end, more names; the old subkey goes
want 0 tagseal certificate openpgp-renew release.asc --key "$uri=release" --expires 2000d --name 'Third <third@acme.example>' \
    --subkey "$uri=next" --revoke-subkey "${subprint^^}" --reason superseded -o renewed.asc --json
want 0 jq -e --arg p "$print" '.fingerprint == $p and .days_left == 2000 and (.user_ids | length) == 3 and
    ([.subkeys[].revoked] == [true, false])' <<< "$out"
want 0 gpg --quiet --import renewed.asc
want 0 gpg --check-sigs
says "$(date -u -d '+2000 days' +%F)"
says "Third <third@acme.example>"
want 0 gpg --with-colons --list-keys
says "sub:r:256"
says "sub:-:3072"
# By the reason, what the subkey signed before counts.
want 0 gpg --verify sub.sig artifact
refuses OPENPGP-TOKEN-KEY 1 tagseal certificate openpgp-renew release.asc --key "$uri=next" -o no.asc
says "$print"
refuses OPENPGP-SUBKEY 1 tagseal certificate openpgp-renew release.asc --key "$uri=release" --revoke-subkey "$print" -o no.asc
refuses OPENPGP-SUBKEY 1 tagseal certificate openpgp-renew release.asc --key "$uri=release" --subkey "$uri=sub" -o no.asc
refuses OPENPGP-USER-ID 1 tagseal certificate openpgp-renew release.asc --key "$uri=release" --name "$name" -o no.asc

# ---- revoked: by the file of the first day, and later with a reason
want 2 gpg --import release.rev
want 0 gpg --import <(sed 's/^:-/-/' release.rev)
want 0 gpg --with-colons --list-keys
says "pub:r:256"
want 0 gpg --verify release.sig artifact
says "This key has been revoked"
want 0 tagseal certificate openpgp-revoke release.asc --revocation release.rev -o revoked.asc
refuses OPENPGP-SIGNATURE 1 tagseal certificate openpgp-revoke release.asc --revocation old.rev -o no.asc
want 0 tagseal certificate openpgp-revoke release.asc --key "$uri=release" --reason retired --reason-text 'Ended' -o retired.asc
says "signatures from before count"
for asc in revoked.asc retired.asc; do
	fresh_gpg $asc
	want 0 gpg --with-colons --list-keys
	says "pub:r:256"
	refuses OPENPGP-REVOKED 1 tagseal certificate openpgp-renew $asc --key "$uri=release" -o no.asc
done
want 0 gpg --list-packets --verbose retired.asc
says "revocation reason 0x03 (Ended)"

# ---- looked at
want 0 tagseal certificate check release.asc
says "$print, created"
says "399 days left"
want 0 tagseal certificate check --json --strict renewed.asc
want 0 jq -e '.[0] | .valid_now and .use == "openpgp" and (.subkeys | length) == 2' <<< "$out"
# gpg lets the last second pass.
while (($(date +%s) <= ended)); do sleep 0.1; done
want 1 tagseal certificate check short.asc
says "ran out on $(date -u +%F)"
want 1 tagseal certificate check revoked.asc retired.asc
says "no signature counts any more"
fresh_gpg short.asc
want 0 gpg --with-colons --list-keys
says "pub:e:256"

# ---- of the future: nothing newer can be made of it
later() { command gpg --homedir "$WORLD/later" --batch --no-tty --faked-system-time 20400101T000000 "$@" 2> /dev/null; }
mkdir -m 700 later
later --passphrase '' --quick-gen-key "$name" ed25519 sign 1y
later --armor --export > future.asc
gpgconf --homedir "$WORLD/later" --kill all
want 1 tagseal certificate check future.asc
says "signed in the future"
want 1 tagseal certificate check --json future.asc
want 0 jq -e '.[0].valid_now == false' <<< "$out"
refuses OPENPGP-DATE 1 tagseal certificate openpgp-renew future.asc --key "$uri=release" -o no.asc
says "signatures from the future"
refuses OPENPGP-DATE 1 tagseal certificate openpgp-revoke future.asc --key "$uri=release" --reason retired -o no.asc

# ---- what is refused, before anything is written
refuses FILE-EXISTS 2 "${openpgp[@]}" --name "$name" -o release.asc
refuses OPENPGP-DATE 1 "${openpgp[@]}" --name "$name" --expires 2026-01-01 -o no.asc
refuses OPENPGP-DATE 1 "${openpgp[@]}" --name "$name" --expires 9000d -o no.asc
refuses OPENPGP-DATE 1 "${openpgp[@]}" --name "$name" --created 2090-01-01 -o no.asc
refuses OPENPGP-USER-ID 1 "${openpgp[@]}" --name $'Acme\e[1m <a@b>' -o no.asc
refuses OPENPGP-REASON 1 "${openpgp[@]}" --name "$name" --reason-text $'a\tb' -o no.asc
refuses CEREMONY-DIFFERS 1 tagseal certificate openpgp --key "$uri=next" --name "$name" --record release.json -o no.asc
refuses USAGE 2 "${openpgp[@]}" -o no.asc
refuses USAGE 2 "${openpgp[@]}" --name "$name" -o no.asc --revocation no.asc
refuses USAGE 2 "${openpgp[@]}" --name "$name" --certify-only -o no.asc
refuses USAGE 2 "${openpgp[@]}" --name "$name" --expires soon -o no.asc
refuses USAGE 2 "${openpgp[@]}" --name "$name" --digest sha1 -o no.asc
refuses USAGE 2 "${openpgp[@]}" --name "$name" --reason lost -o no.asc
refuses USAGE 2 tagseal certificate openpgp-revoke release.asc --key "$uri=release" -o no.asc
revoke=(tagseal certificate openpgp-revoke --key "$uri=release" --reason retired -o no.asc)
python3 - <<'EOF2'
import base64, re
text = open("release.asc").read()
packets = bytearray(base64.b64decode("".join(text.split("\n\n")[1].split("\n=")[0].split())))
open("cut.pgp", "wb").write(packets[:-5])
at = packets.index(b"Acme Release")
packets[at] ^= 1
open("flipped.pgp", "wb").write(packets)
EOF2
cat release.asc old.asc > two.asc
sed 's/PUBLIC/PRIVATE/' release.asc > secret.asc
refuses OPENPGP-KEY-MALFORMED 2 "${revoke[@]}" cut.pgp
refuses OPENPGP-KEY-MALFORMED 2 "${revoke[@]}" release.json
refuses OPENPGP-SIGNATURE 1 "${revoke[@]}" flipped.pgp
refuses OPENPGP-SEVERAL 2 tagseal certificate check two.asc
refuses OPENPGP-SEVERAL 2 "${revoke[@]}" two.asc
refuses OPENPGP-KEY-SECRET 1 "${revoke[@]}" secret.asc
rm -rf gpg; mkdir -m 700 gpg
want 0 gpg --import flipped.pgp
says "1 bad signature"
want 1 test -e no.asc -o -e no.rev

# ---- in a config repo: the file is sound, and of the key of the ceremony
cp -r "$SOURCE/sample-config-repo/config" config
chmod -R u+w config
# config FILE RECORD MORE: what 'tagseal check' is given.
config() {
	cp "$1" config/certificates/openpgp.asc
	cp "$2" config/certificates/openpgp.json
	printf 'kind: openpgp\npurpose: test\nkey: "pkcs11:token=test;object=release"\n%s%s' \
	    $'certificate: openpgp.asc\nceremony: openpgp.json\n' "$3" > config/certificates/openpgp.yaml
}
check=(tagseal check --folder config)
for record in release.json sub.json; do
	config release.asc $record 'rules: {minimum-key-size: 256}'
	want 0 "${check[@]}"
done
config revoked.asc release.json $'state: revoked\nrevoked: {at: "2026-01-01", reason: lost}\n'
want 0 "${check[@]}"
config release.asc next.json ''
refuses CONFIG-CEREMONY 4 "${check[@]}"
says "the record is of key 'next'"
config release.asc release.json 'rules: {minimum-key-size: 384}'
refuses CONFIG-CERTIFICATE-RULES 4 "${check[@]}"
for pair in 'revoked.asc:write state: revoked' 'two.asc:2 certificates' 'secret.asc:PRIVATE KEY' 'flipped.pgp:@cme Release' \
    'release.json:no OpenPGP packets'; do
	config "${pair%%:*}" release.json ''
	refuses CONFIG-OPENPGP 4 "${check[@]}"
	says "${pair#*:}"
	says_not CONFIG-CEREMONY
done
