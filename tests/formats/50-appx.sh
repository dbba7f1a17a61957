#!/usr/bin/env bash
# appx - what we sign, osslsigncode takes; what it signs, we take; a script that
# shares nothing with the engine computes anew what is signed; other programs
# unpack it; and each flipped byte of a signed package is found.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=pki.sh
. "$SOURCE/tests/formats/pki.sh"
# 2.5 knows no packages.
OSSLSIGNCODE=osslsigncode
# shellcheck source=../osslsigncode.sh
. "$SOURCE/tests/osslsigncode.sh"
signfile=$BUILD/tests/signfile pki=$WORLD/pki
pki_make

appx() { python3 "$SOURCE/tests/formats/appx.py" "$@"; }
sign() { "$signfile" sign "$@"; }
plain() { sign "$pki/code.pem" "$pki/code.key" "$@"; }
check() { "$signfile" check "$pki/ca.pem" "$@"; }
theirs_verify() { local code=$1 file=$2; shift 2; osslsigncode_verify "$code" "$pki/ca.pem" "$file" "$@"; }
# theirs_sign HASH IN OUT
theirs_sign() {
	rm -f "$3"
	osslsigncode sign -certs "$pki/code.pem" -key "$pki/code.key" -h "$1" -in "$2" -out "$3" > log
}

# proof FILE KIND: openssl takes the message, and what is signed is the list of
# digests that the script makes of the package.
proof() {
	local hash digest kind
	read -r hash digest kind < <(appx take "$1" der content)
	want_same "$2" "$kind" "kind of $1"
	want 0 openssl smime -verify -inform DER -in der -content content -binary \
	    -CAfile "$pki/ca.pem" -purpose any -out /dev/null
	want 0 check "$1"
	says "good $hash $digest "
}

# back BEFORE AFTER: AFTER is BEFORE with a signature, and nothing else.
back() {
	want 0 "$signfile" same "$1" "$2"
	want 0 "$signfile" strip "$2" "bare-$1"
	want 3 check "bare-$1"
	want 0 appx agree "bare-$1"
}

# readable BEFORE AFTER: others unpack AFTER; stripped, it has BEFORE's files.
readable() {
	want 0 unzip -tq "$2"
	want 0 7z t "$2"
	want 0 python3 -m zipfile -t "$2"
	want 0 jar tf "$2"
	want 3 "$signfile" strip "bare-$1" "twice-$1"
	same "bare-$1" "twice-$1"
	rm -rf x y && want 0 unzip -qd x "$1" && want 0 unzip -qd y "bare-$1"
	want 0 diff -r x y
}

# ---- ours, in every form
cat > forms <<END
makeappx.msix
old.appx zip=32
stored.msix zip=32 types=stored
sha384.msix hash=sha384
sha512.appx zip=32 hash=sha512
catalog.msix ci=1
bom.msix bom=1 prefix=ct
decoy.msix decoy=1
END
while read -r file form; do
	# shellcheck disable=SC2086
	appx make "$file" $form
	hash=$(grep -o 'sha[0-9]*' <<< "$form" || echo sha256)
	want 0 sign -digest "$hash" "$pki/code.pem" "$pki/code.key" "$file" "signed-$file"
	proof "signed-$file" package
	theirs_verify 0 "signed-$file" Succeeded 'Number of verified signatures: 1' '!MISMATCH'
	back "$file" "signed-$file"
	# Signing what is signed replaces.
	want 0 sign -digest "$hash" "$pki/code.pem" "$pki/code.key" "signed-$file" "again-$file"
	same "signed-$file" "again-$file"
	# It puts the type into a comment, knows no other prefix, and deflates
	# what it says to be stored.
	[[ $file != decoy* && $file != bom* && $file != stored* ]] || continue
	theirs_sign "$hash" "$file" "theirs-$file"
	proof "theirs-$file" package
	want 0 "$signfile" strip "theirs-$file" "bare-$file"
	want 0 appx agree "bare-$file"
	want 0 sign -digest "$hash" "$pki/code.pem" "$pki/code.key" "theirs-$file" "ours-$file"
	proof "ours-$file" package
	want 0 "$signfile" same "theirs-$file" "ours-$file"
	rm -f removed.msix && want 0 osslsigncode remove-signature -in "signed-$file" -out removed.msix
	want 3 check removed.msix
	want 0 sign -digest "$hash" "$pki/code.pem" "$pki/code.key" removed.msix no.msix
done < forms
readable makeappx.msix signed-makeappx.msix
readable old.appx signed-old.appx
# Where no other packer had been at work, nothing is left of a signature.
same stored.msix bare-stored.msix
theirs_sign sha256 decoy.msix theirs.msix
refuses APPX-TYPES 1 check theirs.msix

# ---- the archive of a signed package
want 0 appx shape signed-makeappx.msix
says 'disks 00000000 wide'
says 'AppxSignature.p7x 0 0'
says '[Content_Types].xml 8 0'
says 'app.exe 8 8'

# Other programs write the record of the signature as they like, which is under
# no signature; we write it in one way.
appx harm version signed-makeappx.msix version.msix
proof version.msix package
refuses FORMAT-DIFFERS 1 "$signfile" same makeappx.msix version.msix

# ---- bundles of signed packages
appx bundle both.msixbundle -- signed-makeappx.msix signed-old.appx
appx bundle old.appxbundle zip=32 -- signed-old.appx
for file in both.msixbundle old.appxbundle; do
	want 0 plain "$file" "signed-$file"
	proof "signed-$file" bundle
	theirs_verify 0 "signed-$file" Succeeded
	want 0 "$signfile" same "$file" "signed-$file"
	want 0 appx agree "signed-$file"
	theirs_sign sha256 "$file" "theirs-$file"
	proof "theirs-$file" bundle
done
want 0 "$signfile" facts both.msixbundle
says 'publisher: CN=Acme code, O=Acme'

# ---- timestamps, descriptions, other keys
file=makeappx.msix
want 0 sign -authority "$pki/ca.cnf" -description 'Acmé App' -url https://acme.example \
    "$pki/code.pem" "$pki/code.key" $file stamped.msix
theirs_verify 0 stamped.msix Succeeded 'Timestamp Server Signature verification: ok' 'Text description: Acmé App'
proof stamped.msix package
says 'timestamp=yes description=Acmé App'
back $file stamped.msix
want 0 sign -only-stamp -authority "$pki/ca.cnf" "$pki/code.pem" "$pki/code.key" signed-$file later.msix
theirs_verify 0 later.msix 'Timestamp Server Signature verification: ok'
want 0 check later.msix
says 'timestamp=yes'
want 0 "$signfile" same signed-$file later.msix
refuses FORMAT-NOT-SIGNED 2 sign -only-stamp -authority "$pki/ca.cnf" "$pki/code.pem" "$pki/code.key" $file no.msix
refuses FORMAT-APPEND 2 sign -append "$pki/code.pem" "$pki/code.key" signed-$file no.msix
refuses AUTHENTICODE-PAGES 2 sign -pages "$pki/code.pem" "$pki/code.key" $file no.msix
refuses APPX-DIGEST 2 sign -digest sha512 "$pki/code.pem" "$pki/code.key" $file no.msix
says 'digest: sha256'

# ---- the publisher is the certificate's subject, as Windows spells it
refuses APPX-PUBLISHER 2 sign "$pki/ec.pem" "$pki/ec.key" $file no.msix
says '"CN=Acme code, O=Acme"'
says '"CN=Acme ec, O=Acme"'
openssl req -new -newkey rsa:3072 -nodes -keyout name.key -out name.csr -utf8 \
    -subj '/C=DE/ST=Bayern/L=München/O=Acme, Inc./OU=a "b"/CN=Acme/2.5.4.97=NTRDE-1' 2> log
openssl x509 -req -in name.csr -CA "$pki/ca.pem" -CAkey "$pki/ca.key" -CAcreateserial -extfile "$pki/ca.cnf" \
    -extensions v3_code -days 30 -out name.pem 2>> log
appx make named.msix 'publisher=OID.2.5.4.97=NTRDE-1, CN=Acme, OU="a ""b""", O="Acme, Inc.", L=München, S=Bayern, C=DE'
want 0 sign name.pem name.key named.msix named-signed.msix
want 0 check named-signed.msix
appx make named.msix 'publisher=CN=Acme, OU="a ""b""", O="Acme, Inc.", L=München, S=Bayern, C=DE, OID.2.5.4.97=NTRDE-1'
refuses APPX-PUBLISHER 2 sign name.pem name.key named.msix no.msix
says 'OU="a ""b""", O="Acme, Inc.", L=München, S=Bayern, C=DE'
# Theirs signs it all the same; Windows would not install it.
appx make foreign.msix 'publisher=CN=Somebody else'
theirs_sign sha256 foreign.msix theirs.msix
theirs_verify 0 theirs.msix Succeeded
refuses APPX-PUBLISHER 1 check theirs.msix

# ---- a stranger's root; changed packages
openssl req -x509 -newkey rsa:3072 -nodes -keyout /dev/null -out stranger.pem -days 1 -subj /CN=Stranger 2> /dev/null
want 1 "$signfile" check stranger.pem signed-$file
# harmed KIND CODE EXIT [TEXT]: neither signed nor taken for signed.
harmed() {
	appx harm "$1" $file harmed.msix
	refuses "$2" 2 plain harmed.msix no.msix
	[[ -z ${4:-} ]] || says "$4"
	appx harm "$1" signed-$file harmed.msix
	refuses "${5:-$2}" "$3" check harmed.msix
}
harmed tail ZIP-TRAILING 2
harmed comment APPX-ARCHIVE 2
harmed order APPX-ARCHIVE 2
harmed folder APPX-ARCHIVE 2
harmed unlisted APPX-BLOCKS 1 '"evil.dll" is not in the block map' AUTHENTICODE-DIGEST
harmed missing APPX-BLOCKS 2
harmed block APPX-BLOCKS 1 'block 0 has not the hash' AUTHENTICODE-DIGEST
harmed size APPX-BLOCKS 1 'its size' AUTHENTICODE-DIGEST
harmed lfh APPX-BLOCKS 1 LfhSize AUTHENTICODE-DIGEST
harmed packed APPX-BLOCKS 1 'packed size' AUTHENTICODE-DIGEST
harmed twice ZIP-NAME-TWICE 2
harmed twice-coded APPX-PART 2 'two entries are named'
harmed case APPX-PART 2 'should be written' ZIP-NAME-TWICE
harmed percent APPX-PART 2
harmed no-types APPX-PART 2
harmed both APPX-PART 2
harmed bad-types APPX-TYPES 1 '' AUTHENTICODE-DIGEST
harmed method APPX-BLOCK-MAP 2
harmed no-identity APPX-MANIFEST 1 '' AUTHENTICODE-DIGEST
harmed bomb LIMIT-RATIO 2
appx harm behind signed-$file harmed.msix
refuses APPX-ARCHIVE 2 check harmed.msix
appx harm magic signed-$file harmed.msix
refuses APPX-SIGNATURE 1 check harmed.msix
for bundle in both.msixbundle signed-both.msixbundle; do
	appx harm offset $bundle "harmed-$bundle"
done
refuses APPX-BUNDLE 2 plain harmed-both.msixbundle no.msix
refuses AUTHENTICODE-DIGEST 1 check harmed-signed-both.msixbundle
# A signature over wrong hashes is no good one, whoever made it.
appx harm lfh $file harmed.msix
theirs_sign sha256 harmed.msix theirs.msix
theirs_verify 0 theirs.msix Succeeded
refuses APPX-BLOCKS 1 check theirs.msix
# A signature of one package under another, of a package under a bundle.
appx make other.msix size=1000
want 0 plain other.msix signed-other.msix
appx graft signed-other.msix signed-$file grafted.msix
refuses AUTHENTICODE-DIGEST 1 check grafted.msix
appx graft signed-$file signed-both.msixbundle grafted.msixbundle
refuses AUTHENTICODE-MALFORMED 1 check grafted.msixbundle
refuses FORMAT-DIFFERS 1 "$signfile" same other.msix signed-$file
head -c -40 signed-$file > cut.msix
refuses ZIP-NO-END 2 check cut.msix

# ---- every byte of a signed package, flipped one at a time: none is unseen.
# Even the signature's own entry, which no signature covers, has but one form.
appx make small.msix size=300
appx make small.appx size=300 zip=32 types=stored
appx bundle small.msixbundle -- small.appx
for file in small.msix small.appx small.msixbundle; do
	want 0 plain "$file" "signed-$file"
	want 0 "$signfile" flip "$pki/ca.pem" "$file" "signed-$file"
	if [[ -z $out ]]; then pass; else fail "$file: $out"; fi
done
