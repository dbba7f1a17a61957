#!/usr/bin/env bash
# script - what we sign, osslsigncode takes; what it signs, we take; Windows
# Script Host, which it gets wrong, is read again by a script and by openssl;
# and each flipped byte of a signed file is found.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=pki.sh
. "$SOURCE/tests/formats/pki.sh"
# 2.5 knows no scripts.
OSSLSIGNCODE=osslsigncode
# shellcheck source=../osslsigncode.sh
. "$SOURCE/tests/osslsigncode.sh"
signfile=$BUILD/tests/signfile pki=$WORLD/pki
pki_make
openssl x509 -in "$pki/ca.pem" -outform DER -out ca.der

scripts() { python3 "$SOURCE/tests/formats/scripts.py" "$@"; }
sign() { "$signfile" sign "$@"; }
plain() { sign "$pki/code.pem" "$pki/code.key" "$@"; }
check() { "$signfile" check "$pki/ca.pem" "$@"; }
theirs_sign() {
	rm -f "$2"
	osslsigncode sign -certs "$pki/code.pem" -key "$pki/code.key" -h sha256 -in "$1" -out "$2" > log
}
theirs_verify() { local code=$1 file=$2; shift 2; osslsigncode_verify "$code" "$pki/ca.pem" "$file" "$@"; }

# proof FILE: openssl takes the message, the digest is that of the text, and
# the kind of file is the one that belongs to the ending.
declare -A guids=([ps]=1fcc3b60594b084eb724d2c6297ef351
    [js]=10e0c906ce38d411a2a300104bd35090 [vbs]=4ef029169927b54d8fe5ace10f17ebab
    [wsf]=7005611ace38d411a2a300104bd35090)
proof() {
	local digest guid
	read -r digest guid < <(scripts take "$1" der content)
	want 0 openssl smime -verify -inform DER -in der -content content -binary \
	    -CAfile "$pki/ca.pem" -purpose any -out /dev/null
	want 0 check "$1"
	says "good sha256 $digest "
	want_same "${guids[${1##*.}]:-${guids[ps]}}" "$guid" "GUID of $1"
}

# back BEFORE AFTER: AFTER is BEFORE with a signature, and nothing else.
back() {
	want 0 "$signfile" same "$1" "$2"
	want 0 "$signfile" strip "$2" "bare-$1"
	same "$1" "bare-$1"
	want 3 check "bare-$1"
	want 3 "$signfile" strip "$1" "bare-$1"
	same "$1" "bare-$1"
}

# ---- ours, in every ending, encoding and kind of line break
judged='ps1 psm1 psd1 ps1xml psc1 cdxml mof'
for ending in $judged js vbs wsf; do
	for form in ascii-crlf ascii-lf utf8-crlf utf8-bom-lf utf16-crlf; do
		file=$form.$ending
		scripts make "$file" "${form%-*}" "${form##*-}" > "$file"
		want 0 plain "$file" "signed-$file"
		proof "signed-$file"
		back "$file" "signed-$file"
		# Signing what is signed replaces.
		want 0 plain "signed-$file" "again-$file"
		same "signed-$file" "again-$file"
		[[ " $judged " == *" $ending "* ]] || continue
		# It reads a ps1xml without a mark as UTF-8; Windows does not.
		[[ $file != utf8-crlf.ps1xml ]] || continue
		theirs_verify 0 "signed-$file" Succeeded 'Number of verified signatures: 1' '!MISMATCH'
		theirs_sign "$file" "theirs-$file"
		proof "theirs-$file"
		back "$file" "theirs-$file"
	done
done
theirs_sign utf8-crlf.ps1xml theirs.ps1xml
refuses AUTHENTICODE-DIGEST 1 check theirs.ps1xml

# ---- no line break at the end, nothing at all
printf 'Write-Host 1' > bare.ps1
: > empty.ps1
for file in bare.ps1 empty.ps1; do
	want 0 plain $file signed-$file
	proof signed-$file
	back $file signed-$file
done
theirs_verify 0 signed-bare.ps1 Succeeded

# ---- timestamps, descriptions, other keys and digests
file=utf8-crlf.ps1
want 0 sign -authority "$pki/ca.cnf" -description 'Acmé App' -url https://acme.example \
    "$pki/code.pem" "$pki/code.key" $file stamped.ps1
theirs_verify 0 stamped.ps1 Succeeded 'Timestamp Server Signature verification: ok' 'Text description: Acmé App'
want 0 check stamped.ps1
says 'timestamp=yes description=Acmé App'
back $file stamped.ps1
want 0 sign -only-stamp -authority "$pki/ca.cnf" "$pki/code.pem" "$pki/code.key" signed-$file later.ps1
theirs_verify 0 later.ps1 'Timestamp Server Signature verification: ok'
want 0 check later.ps1
says 'timestamp=yes'
back $file later.ps1
refuses FORMAT-NOT-SIGNED 2 sign -only-stamp -authority "$pki/ca.cnf" "$pki/code.pem" "$pki/code.key" $file no.ps1
for digest in sha384 sha512; do
	want 0 sign -digest $digest "$pki/ec.pem" "$pki/ec.key" $file ec.ps1
	theirs_verify 0 ec.ps1 Succeeded
	want 0 check ec.ps1
	says "good $digest"
done
refuses FORMAT-APPEND 2 sign -append "$pki/code.pem" "$pki/code.key" signed-$file no.ps1
refuses AUTHENTICODE-PAGES 2 sign -pages "$pki/code.pem" "$pki/code.key" $file no.ps1

# ---- line breaks that a version control system changed
tr -d '\r' < signed-ascii-lf.ps1 > lf.ps1
want 0 check lf.ps1
back ascii-lf.ps1 lf.ps1
tr -d '\r' < signed-ascii-crlf.ps1 > lf.ps1
refuses AUTHENTICODE-DIGEST 1 check lf.ps1

# ---- a signature of one ending under another
cp signed-ascii-crlf.ps1 as.psd1
want 0 check as.psd1
cp signed-ascii-crlf.ps1 as.ps1xml
want 3 check as.ps1xml
{ cat ascii-crlf.vbs; printf '\r\n'; sed -n '/Begin/,$p' signed-ascii-crlf.js | sed "s#^// SIG //#'' SIG ''#"; } > moved.vbs
refuses AUTHENTICODE-MALFORMED 1 check moved.vbs
says 'for another kind of file'

# ---- a stranger's root, changed text, text behind the block
openssl req -x509 -newkey rsa:3072 -nodes -keyout /dev/null -out stranger.pem -days 1 -subj /CN=Stranger 2> /dev/null
want 1 "$signfile" check stranger.pem signed-$file
sed 's/Write/Wrote/' signed-$file > changed.ps1
theirs_verify 1 changed.ps1
refuses AUTHENTICODE-DIGEST 1 check changed.ps1
refuses FORMAT-DIFFERS 1 "$signfile" same $file changed.ps1
{ cat signed-$file; printf 'Remove-Item C:\\\r\n'; } > tail.ps1
# Theirs calls it good: it looks at nothing behind the block.
theirs_verify 0 tail.ps1 Succeeded
refuses SCRIPT-TRAILING-DATA 2 check tail.ps1
refuses SCRIPT-TRAILING-DATA 1 "$signfile" same $file tail.ps1
refuses SCRIPT-TRAILING-DATA 2 plain tail.ps1 no.ps1
{ cat signed-$file; tail -c +$(($(stat -c %s $file) + 1)) signed-$file; } > twice.ps1
refuses SCRIPT-BLOCK 2 check twice.ps1
head -c -40 signed-$file > cut.ps1
refuses SCRIPT-BLOCK 2 check cut.ps1
sed '/Begin/,$s/QU/Q*/' signed-$file > star.ps1
refuses SCRIPT-BLOCK 2 check star.ps1
sed 's/one/uno/' signed-ascii-crlf.wsf > changed.wsf
refuses AUTHENTICODE-DIGEST 1 check changed.wsf
sed 's#^</signature>.*#&\n<script>more</script>#' signed-ascii-crlf.wsf > more.wsf
refuses SCRIPT-TRAILING-DATA 2 check more.wsf

# ---- what cannot be signed
{ printf '\376\377'; iconv -t UTF-16BE <<< 1; } > big.ps1
refuses SCRIPT-ENCODING 2 plain big.ps1 no.ps1
{ printf '\377\376'; iconv -t UTF-16LE <<< 1; printf x; } > odd.ps1
refuses SCRIPT-ENCODING 2 plain odd.ps1 no.ps1
printf 'caf\351' > latin.ps1
refuses SCRIPT-ENCODING 2 plain latin.ps1 no.ps1
printf '<package></package>' > no.wsf
refuses SCRIPT-JOB 2 plain no.wsf none.wsf
# A block in front of </job> would make a line of what is no line yet.
printf '<job>\r\n</signature></job>' > glued.wsf
refuses SCRIPT-BLOCK 2 plain glued.wsf none.wsf
# Nobody asked for a signature: then these are files as any other.
for file in big.ps1 odd.ps1 latin.ps1 no.wsf glued.wsf; do want 3 check $file; done

# ---- every byte of a signed file, flipped one at a time
for file in utf16-crlf.psc1 utf8-crlf.mof ascii-lf.wsf; do
	want 0 "$signfile" flip "$pki/ca.pem" "$file" "signed-$file"
	if [[ -z $out ]]; then pass; else fail "$file: $out"; fi
done
# With a timestamp: its type, being an unsigned attribute, and the authority's
# root, which comes along for convenience, are under no signature.
want 0 sign -authority "$pki/ca.cnf" "$pki/code.pem" "$pki/code.key" ascii-crlf.ps1 stamped.ps1
"$signfile" flip "$pki/ca.pem" ascii-crlf.ps1 stamped.ps1 > unseen
want 0 test -s unseen
want 0 scripts beside stamped.ps1 ca.der < unseen
if [[ -z $out ]]; then pass; else fail "stamped.ps1: $out"; fi
