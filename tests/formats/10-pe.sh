#!/usr/bin/env bash
# pe - what we sign, osslsigncode, sbverify and pesign take; what they sign, we
# take; and each flipped byte of a signed file is found.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=pki.sh
. "$SOURCE/tests/formats/pki.sh"
# shellcheck source=../osslsigncode.sh
. "$SOURCE/tests/osslsigncode.sh"
signfile=$BUILD/tests/signfile pki=$WORLD/pki
pki_make

cat > hello.c <<'EOF'
int main(void) { return 0; }
EOF
echo 'int start(void) { return 0; }' > efi.c
cat > hello.rc <<'EOF'
1 VERSIONINFO
FILEVERSION 1,2,3,0
PRODUCTVERSION 1,2,3,0
{
	BLOCK "StringFileInfo" {
		BLOCK "040904b0" {
			VALUE "ProductName", "Acme App"
			VALUE "ProductVersion", "1.2.3"
			VALUE "CompanyName", L"Acm\xe9 Inc."
		}
	}
	BLOCK "VarFileInfo" { VALUE "Translation", 0x409, 1200 }
}
EOF
x86_64-w64-mingw32-windres hello.rc rc64.o
i686-w64-mingw32-windres hello.rc rc32.o
x86_64-w64-mingw32-gcc -o exe64.exe hello.c rc64.o
x86_64-w64-mingw32-gcc -s -o stripped64.exe hello.c
x86_64-w64-mingw32-gcc -s -shared -o dll64.dll hello.c
i686-w64-mingw32-gcc -o exe32.exe hello.c rc32.o
i686-w64-mingw32-gcc -s -shared -o dll32.dll hello.c
cp stripped64.exe overlay.exe && printf 'an overlay of odd length' >> overlay.exe
cp stripped64.exe odd.exe && printf x >> odd.exe
x86_64-w64-mingw32-gcc -s -nostdlib -Wl,--subsystem,10 -e start \
    -o app.efi efi.c

# their_digest FILE: the Authenticode digest, by pesign, in lower case.
their_digest() { pesign -h -i "$1" | sed -n 's/^hash: //p'; }

# ---- ours, judged by theirs
for file in exe64.exe stripped64.exe dll64.dll exe32.exe dll32.dll \
    overlay.exe odd.exe app.efi; do
	want 0 "$signfile" sign -authority "$pki/ca.cnf" -description 'Acmé App' \
	    -url https://acme.example "$pki/code.pem" "$pki/code.key" \
	    "$file" "signed-$file"
	osslsigncode_verify 0 "$pki/ca.pem" "signed-$file" \
	    'Succeeded' \
	    'Number of verified signatures: 1' \
	    'Timestamp Server Signature verification: ok' \
	    'Text description: Acmé App' \
	    '!MISMATCH' '!invalid PE checksum'
	want 0 sbverify --cert "$pki/ca.pem" "signed-$file"
	want 0 "$signfile" check "$pki/ca.pem" "signed-$file"
	says "good sha256 $(their_digest "signed-$file")"
	want 0 "$signfile" same "$file" "signed-$file"
	# Signing what is signed replaces: as if it had not been signed.
	want 0 "$signfile" sign "$pki/code.pem" "$pki/code.key" \
	    "signed-$file" "again-$file"
	want 0 "$signfile" sign "$pki/code.pem" "$pki/code.key" "$file" \
	    "once-$file"
	same "again-$file" "once-$file"
	# strip takes everything back but zeros at the end.
	want 0 "$signfile" strip "signed-$file" "bare-$file"
	want 3 "$signfile" check "$pki/ca.pem" "bare-$file"
	want 0 "$signfile" same "$file" "bare-$file"
	want 3 "$signfile" strip "$file" "unchanged-$file"
	same "$file" "unchanged-$file"
done

# ---- elliptic curves, other digests, page hashes
for digest in sha384 sha512; do
	want 0 "$signfile" sign -digest $digest -authority "$pki/ca.cnf" \
	    "$pki/ec.pem" "$pki/ec.key" exe64.exe ec.exe
	osslsigncode_verify 0 "$pki/ca.pem" ec.exe \
	    'Succeeded'
	want 0 "$signfile" check "$pki/ca.pem" ec.exe
	says "good $digest"
done
for file in exe64.exe dll32.dll overlay.exe odd.exe; do
	want 0 "$signfile" sign -pages "$pki/code.pem" "$pki/code.key" \
	    "$file" pages.exe
	osslsigncode_verify 0 "$pki/ca.pem" pages.exe \
	    'Page hash algorithm  : SHA256' \
	    '!MISMATCH'
	want 0 "$signfile" check "$pki/ca.pem" pages.exe
	# The same table as theirs: its octets stand in their signature too.
	osslsigncode sign -ph -certs "$pki/code.pem" -key "$pki/code.key" \
	    -h sha256 -in "$file" -out theirs.exe > /dev/null
	want 0 "$signfile" check "$pki/ca.pem" theirs.exe
	rm theirs.exe
done

# ---- a second signature: nested, in EFI programs a second entry
want 0 "$signfile" sign -append -digest sha384 "$pki/ec.pem" "$pki/ec.key" \
    signed-exe64.exe two.exe
osslsigncode_verify 0 "$pki/ca.pem" two.exe \
    'Number of verified signatures: 2'
want 0 "$signfile" check "$pki/ca.pem" two.exe
says 'nested=1'
want 0 "$signfile" same exe64.exe two.exe
want 0 "$signfile" sign -append "$pki/code.pem" "$pki/code.key" two.exe three.exe
osslsigncode_verify 0 "$pki/ca.pem" three.exe \
    'Number of verified signatures: 3'
want 0 "$signfile" check "$pki/ca.pem" three.exe
says 'nested=2'
want 0 "$signfile" sign -append "$pki/code.pem" "$pki/code.key" \
    signed-app.efi two.efi
want 0 sbverify --list two.efi
says 'signature 2'
want 0 sbverify --cert "$pki/ca.pem" two.efi
want 0 "$signfile" check "$pki/ca.pem" two.efi
says_not 'nested=1'

# ---- a timestamp afterwards
want 0 "$signfile" sign -only-stamp -authority "$pki/ca.cnf" "$pki/code.pem" \
    "$pki/code.key" once-exe32.exe stamped.exe
osslsigncode_verify 0 "$pki/ca.pem" stamped.exe \
    'Timestamp Server Signature verification: ok'
want 0 "$signfile" check "$pki/ca.pem" stamped.exe
says 'timestamp=yes'
refuses FORMAT-NOT-SIGNED 2 "$signfile" sign -only-stamp \
    -authority "$pki/ca.cnf" "$pki/code.pem" "$pki/code.key" exe32.exe no.exe

# ---- theirs, judged by us
for file in exe64.exe exe32.exe dll64.dll overlay.exe app.efi; do
	rm -f theirs
	osslsigncode sign -certs "$pki/code.pem" -key "$pki/code.key" \
	    -h sha256 -in "$file" -out theirs > /dev/null
	want 0 "$signfile" check "$pki/ca.pem" theirs
	want 0 "$signfile" same "$file" theirs
	want 0 "$signfile" strip theirs bare
	want 0 "$signfile" same "$file" bare
	sbsign --cert "$pki/code.pem" --key "$pki/code.key" --output theirs \
	    "$file" 2> /dev/null
	want 0 "$signfile" check "$pki/ca.pem" theirs
done
osslsigncode sign -certs "$pki/code.pem" -key "$pki/code.key" -h sha256 \
    -in exe64.exe -out one > /dev/null
osslsigncode sign -nest -certs "$pki/ec.pem" -key "$pki/ec.key" -h sha384 \
    -in one -out two > /dev/null
want 0 "$signfile" check "$pki/ca.pem" two
says 'nested=1'

# ---- what a version resource says
want 0 "$signfile" facts exe64.exe
says 'machine: x64'
says 'product-name: Acme App'
says 'product-version: 1.2.3'
says 'company-name: Acmé Inc.'
says 'copyright: the version resource has no such string'

# ---- a stranger's root, a changed file
openssl req -x509 -newkey rsa:3072 -nodes -keyout /dev/null -out stranger.pem \
    -days 1 -subj /CN=Stranger 2> /dev/null
want 1 "$signfile" check stranger.pem signed-exe64.exe
cp signed-exe64.exe changed.exe
printf '\x5a' | dd of=changed.exe bs=1 seek=2000 conv=notrunc status=none
osslsigncode_verify 1 "$pki/ca.pem" changed.exe
refuses AUTHENTICODE-DIGEST 1 "$signfile" check "$pki/ca.pem" changed.exe
refuses FORMAT-DIFFERS 1 "$signfile" same exe64.exe changed.exe
cp signed-exe64.exe tail.exe && printf tail >> tail.exe
refuses PE-TRAILING-DATA 2 "$signfile" check "$pki/ca.pem" tail.exe

# ---- every byte of a signed file, flipped one at a time
want 0 "$signfile" flip "$pki/ca.pem" app.efi signed-app.efi
if [[ -z $out ]]; then pass; else fail "$out"; fi

# ---- what cannot carry a signature
printf 'text' > text
refuses FORMAT-METHOD 2 "$signfile" sign "$pki/code.pem" "$pki/code.key" \
    text no.exe
head -c 600 exe64.exe > cut.exe
refuses PE-TRUNCATED 2 "$signfile" sign "$pki/code.pem" "$pki/code.key" \
    cut.exe no.exe
{ printf MZ; head -c 98 /dev/zero; } > dos.exe
refuses PE-NOT-PORTABLE 2 "$signfile" sign "$pki/code.pem" "$pki/code.key" \
    dos.exe no.exe
