#!/usr/bin/env bash
# msi - what we sign, osslsigncode takes, with and without the digest of the
# metadata; what it signs, we take; readers of installer databases and of
# compound files read what we write; each flipped byte is found.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=pki.sh
. "$SOURCE/tests/formats/pki.sh"
# shellcheck source=../osslsigncode.sh
. "$SOURCE/tests/osslsigncode.sh"
signfile=$BUILD/tests/signfile pki=$WORLD/pki
pki_make

compound() { /usr/bin/python3 "$SOURCE/tests/formats/compound.py" "$@"; }
sign() { "$signfile" sign "$@"; }
plain() { sign "$pki/code.pem" "$pki/code.key" "$@"; }
check() { "$signfile" check "$pki/ca.pem" "$@"; }
theirs_sign() {
	local in=$1 out=$2; shift 2
	rm -f "$out"
	osslsigncode sign -certs "$pki/code.pem" -key "$pki/code.key" "$@" -in "$in" -out "$out" > log
}
theirs_verify() { local code=$1 file=$2; shift 2; osslsigncode_verify "$code" "$pki/ca.pem" "$file" "$@"; }

# msi NAME BYTES: an installer that holds a file of so many bytes.
msi() {
	head -c "$2" /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 2> /dev/null > payload.bin
	cat > a.wxs <<-XML
	<?xml version="1.0" encoding="utf-8"?>
	<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
	<Product Name="Acme App" Id="*" UpgradeCode="DFA89E5B-1D31-4F5F-9E4D-0123456789AB" Language="1033" Codepage="1252" Version="1.2.3" Manufacturer="Acme Corp">
	<Package Id="*" Keywords="Installer" Description="Acme App Installer" Comments="Sample" Manufacturer="Acme Corp" InstallerVersion="200" Languages="1033" Compressed="yes" SummaryCodepage="1252"/>
	<Media Id="1" Cabinet="Sample.cab" EmbedCab="yes"/>
	<Directory Id="TARGETDIR" Name="SourceDir">
	<Component Id="Main" Guid="DFA89E5B-1D31-4F5F-9E4D-0123456789AC"><File Id="payload" Name="payload.bin" Source="payload.bin" KeyPath="yes"/></Component>
	</Directory>
	<Feature Id="Complete" Level="1"><ComponentRef Id="Main"/></Feature>
	</Product></Wix>
	XML
	wixl -o "$1" a.wxs
}

# read FILE: others read it.
tables() { for table in $(msiinfo tables "$1" | sort); do echo "$table"; msiinfo export "$1" "$table" || true; done | tr -d '\0'; }
readers() {
	want 0 compound check "$1"
	want 0 7z t "$1"
	says 'Everything is Ok'
	want 0 gsf list "$1"
	want 0 /usr/bin/python3 -c 'import olefile, sys
f = olefile.OleFileIO(sys.argv[1], raise_defects=olefile.DEFECT_POTENTIAL)
for s in f.listdir(): f.openstream(s).read()
assert not f.parsing_issues' "$1"
}

# proof FILE: the digest is that of the contents, by another program.
proof() {
	local kind=${2:-sha256}
	want 0 check "$1"
	says "good $kind $(compound digest "$1" "$kind") nested=0"
}

# back BEFORE AFTER: AFTER is BEFORE with a signature, and nothing else.
unsigned() { compound list "$1" | grep -v DigitalSignature; }
back() {
	want 0 "$signfile" same "$1" "$2"
	want 0 "$signfile" strip "$2" bare.msi
	want_same "$(unsigned "$1")" "$(compound list bare.msi)" "streams of $2"
	want 0 compound check bare.msi
	want 3 check bare.msi
	want 0 "$signfile" same "$1" bare.msi
	want 0 "$signfile" same "$2" bare.msi
	want 3 "$signfile" strip bare.msi again.msi
	same bare.msi again.msi
}

# ---- ours
class=84100c0000000000c000000000000046
msi small.msi 10
msi big.msi 8000000
compound make nested.msi $class
compound make patch.msp "86${class:2}"
compound make transform.mst "82${class:2}"
for file in small.msi big.msi nested.msi; do
	want 0 plain $file signed-$file
	proof signed-$file
	readers signed-$file
	theirs_verify 0 signed-$file Succeeded 'Number of verified signatures: 1' '!MISMATCH'
	back $file signed-$file
	# Signing what is signed replaces; the layout has one form.
	want 0 plain signed-$file again.msi
	same signed-$file again.msi
done
for file in patch.msp transform.mst; do
	want 0 plain $file signed-$file
	proof signed-$file
	back $file signed-$file
done
want_same "$(tables small.msi)" "$(tables signed-small.msi)" tables
want 0 msiinfo suminfo signed-small.msi
says 'Subject: Acme App Installer'

# ---- other digests and keys, descriptions, timestamps
for digest in sha384 sha512; do
	want 0 sign -digest $digest "$pki/ec.pem" "$pki/ec.key" small.msi ec.msi
	proof ec.msi $digest
	theirs_verify 0 ec.msi Succeeded
	back small.msi ec.msi
done
want 0 sign -authority "$pki/ca.cnf" -description 'Acmé App' -url https://acme.example \
    "$pki/code.pem" "$pki/code.key" small.msi stamped.msi
theirs_verify 0 stamped.msi Succeeded 'Timestamp Server Signature verification: ok' 'Text description: Acmé App'
want 0 check stamped.msi
says 'timestamp=yes description=Acmé App'
back small.msi stamped.msi
for file in small big; do
	want 0 sign -only-stamp -authority "$pki/ca.cnf" "$pki/code.pem" "$pki/code.key" signed-$file.msi later.msi
	theirs_verify 0 later.msi 'Timestamp Server Signature verification: ok'
	want 0 check later.msi
	says 'timestamp=yes'
	readers later.msi
	back $file.msi later.msi
done
refuses FORMAT-NOT-SIGNED 2 sign -only-stamp -authority "$pki/ca.cnf" "$pki/code.pem" "$pki/code.key" small.msi no.msi
refuses AUTHENTICODE-PAGES 2 sign -pages "$pki/code.pem" "$pki/code.key" small.msi no.msi

# ---- theirs: with and without the digest of the metadata
for file in small.msi big.msi nested.msi; do
	digests=sha256
	[[ $file != nested.msi ]] || digests='sha256 sha384 sha512'
	for digest in $digests; do
		theirs_sign $file plain-$file -h $digest
		theirs_sign $file extended-$file -h $digest -add-msi-dse
		for form in plain extended; do
			proof $form-$file $digest
			# It makes large files anew, with larger sectors.
			[[ $file != big.msi ]] || continue
			want 0 "$signfile" strip $form-$file bare.msi
			want 0 "$signfile" same $file bare.msi
			# Its layout is not ours.
			refuses FORMAT-DIFFERS 1 "$signfile" same $file $form-$file
		done
	done
	want 0 sign -only-stamp -authority "$pki/ca.cnf" "$pki/code.pem" "$pki/code.key" extended-$file later.msi
	want 0 check later.msi
	says 'timestamp=yes'
	want 0 "$signfile" same extended-$file later.msi
	# They take ours apart.
	rm -f removed.msi
	want 0 osslsigncode remove-signature -in signed-$file -out removed.msi
	want_same "$(compound list $file)" "$(compound list removed.msi)" "streams of $file"
	want 3 check removed.msi
done

# ---- two signatures: of one mode
want 0 sign -append "$pki/ec.pem" "$pki/ec.key" signed-small.msi two.msi
theirs_verify 0 two.msi 'Number of verified signatures: 2' '!MISMATCH'
want 0 check two.msi
says nested=1
back small.msi two.msi
readers two.msi
refuses MSI-APPEND 2 sign -append -digest sha384 "$pki/ec.pem" "$pki/ec.key" signed-small.msi no.msi
theirs_sign small.msi plain.msi
theirs_sign small.msi extended.msi -add-msi-dse
for form in plain extended; do
	want 0 sign -append "$pki/ec.pem" "$pki/ec.key" $form.msi two.msi
	want 0 check two.msi
	says nested=1
	theirs_verify 0 two.msi 'Number of verified signatures: 2' '!MISMATCH'
	back small.msi two.msi
done
want_same 1 "$(compound list two.msi | grep -c SignatureEx)" 'stream of metadata'
# Without the metadata, digests may differ.
want 0 sign -append -digest sha384 "$pki/ec.pem" "$pki/ec.key" plain.msi two.msi
want 0 check two.msi
says 'good sha384'
want_same 0 "$(compound list two.msi | grep -c SignatureEx || true)" 'stream of metadata'
want 0 plain plain.msi again.msi
same signed-small.msi again.msi
theirs_sign signed-small.msi two.msi -nest -add-msi-dse
want 0 check two.msi
says nested=1

# ---- changed: contents, metadata, layout
openssl req -x509 -newkey rsa:3072 -nodes -keyout /dev/null -out stranger.pem -days 1 -subj /CN=Stranger 2> /dev/null
want 1 "$signfile" check stranger.pem signed-small.msi
at=$(compound at signed-big.msi "$(compound list signed-big.msi | /usr/bin/python3 -c 'import sys
print(max(sys.stdin, key=lambda x: int(x.split()[-2])).rsplit(" ", 2)[0][1:-1])')")
cp signed-big.msi changed.msi
printf x | dd of=changed.msi bs=1 seek=$((at + 77)) conv=notrunc 2> /dev/null
theirs_verify 1 changed.msi
refuses AUTHENTICODE-DIGEST 1 check changed.msi
refuses FORMAT-DIFFERS 1 "$signfile" same big.msi changed.msi
# Times of a storage: only the extended form covers them.
theirs_sign nested.msi times.msi
compound set times.msi in 100 0102030405060708
want 0 check times.msi
cp signed-nested.msi times.msi
compound set times.msi in 100 0102030405060708
refuses MSI-EXTENDED 1 check times.msi
theirs_verify 1 times.msi
refuses FORMAT-DIFFERS 1 "$signfile" same nested.msi times.msi
refuses MSI-EXTENDED 2 sign -append "$pki/ec.pem" "$pki/ec.key" times.msi no.msi
# Appended: an archive that others would find at the end.
{ cat signed-small.msi; echo PK; } > tail.msi
refuses COMPOUND-TRAILING 2 check tail.msi
refuses COMPOUND-TRAILING 2 plain tail.msi no.msi
{ cat signed-small.msi; head -c 512 /dev/zero; } > zeros.msi
want 0 check zeros.msi
refuses FORMAT-DIFFERS 1 "$signfile" same small.msi zeros.msi
head -c -512 signed-small.msi > cut.msi
want 2 check cut.msi
want 1 "$signfile" same small.msi nested.msi
# A transform is no package.
cp signed-nested.msi other.msi
compound set other.msi 'Root Entry' 80 82
refuses MSI-EXTENDED 1 check other.msi

# ---- other compound files
compound make a.doc 0609020000000000c000000000000046
want 3 check a.doc
cp a.doc a.msi
want 3 check a.msi
refuses FORMAT-METHOD 2 plain a.msi no.msi
want 0 "$signfile" facts small.msi
want_same 'title: Installation Database
subject: Acme App Installer
author: Acme Corp
keywords: Installer
comments: Sample' "$out" facts
want 0 "$signfile" facts nested.msi
says 'subject: it has no summary information'

# ---- memory does not grow with the file
peak() {
	/usr/bin/python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
}
msi large.msi 50000000
few=$(peak "$signfile" sign "$pki/code.pem" "$pki/code.key" small.msi signed-large.msi)
many=$(peak "$signfile" sign "$pki/code.pem" "$pki/code.key" large.msi signed-large.msi)
want 0 test $((many - few)) -lt 16384
many=$(peak "$signfile" check "$pki/ca.pem" signed-large.msi)
want 0 test $((many - few)) -lt 16384
many=$(peak "$signfile" same large.msi signed-large.msi)
want 0 test $((many - few)) -lt 16384
want 0 compound check signed-large.msi

# ---- every byte of a signed file, flipped one at a time: the signature covers
# contents and metadata, and the rest has the one layout that `same` takes.
want 0 sign "$pki/ec.pem" "$pki/ec.key" nested.msi flipped.msi
want 0 "$signfile" flip "$pki/ca.pem" nested.msi flipped.msi
if [[ -z $out ]]; then pass; else fail "flipped.msi: $out"; fi
