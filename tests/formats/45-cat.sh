#!/usr/bin/env bash
# cat - the catalogs that we make are those that another program makes, byte by
# byte; what we sign, osslsigncode takes, and what it signs, we take; files are
# found in a catalog by both; and each flipped byte of a signed one is found.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=pki.sh
. "$SOURCE/tests/formats/pki.sh"
# shellcheck source=../osslsigncode.sh
. "$SOURCE/tests/osslsigncode.sh"
# shellcheck source=../cli/world.sh
. "$SOURCE/tests/cli/world.sh"
signfile=$BUILD/tests/signfile pki=$WORLD/pki
pki_make

catalogs() { python3 "$SOURCE/tests/formats/catalogs.py" "$@"; }
catalog() { "$TAGSEAL" catalog "$@"; }
sign() { "$signfile" sign "$@"; }
plain() { sign "$pki/code.pem" "$pki/code.key" "$@"; }
check() { "$signfile" check "$pki/ca.pem" "$@"; }
verify() { "$TAGSEAL" verify --roots "$pki/ca.pem" "$@"; }
theirs_sign() {
	rm -f "$2"
	want 0 osslsigncode sign -certs "$pki/code.pem" -key "$pki/code.key" -h sha256 -in "$1" -out "$2"
}
# theirs_find EXIT CATALOG FILE: they look for a file in a catalog; 2.5 knows
# programs only.
theirs_find() {
	local program offline
	for program in $OSSLSIGNCODE; do
		[[ $3 != *.cab || $program == osslsigncode ]] || continue
		offline=(-ignore-cdp -ignore-crl)
		[[ $(osslsigncode_version "$program") != 2.[0-5] ]] || offline=()
		want "$1" "$program" verify "${offline[@]}" -CAfile "$pki/ca.pem" -TSA-CAfile "$pki/ca.pem" -catalog "$2" -in "$3"
	done
}

# ---- a folder with all that may be in it
mkdir -p files/sub/deep files/z
echo 'int main(void) { return 0; }' > app.c
x86_64-w64-mingw32-gcc -s -o files/app.exe app.c
i686-w64-mingw32-gcc -s -shared -o files/sub/app.dll app.c
cp files/app.exe files/odd.exe && printf x >> files/odd.exe
sign -pages "$pki/code.pem" "$pki/code.key" files/app.exe files/sub/signed.exe
printf 'Write-Host 1\r\n' > files/sub/run.ps1
plain files/sub/run.ps1 files/sub/run-signed.ps1
(cd files/sub && gcab -c deep/plain.cab run.ps1)
plain files/sub/deep/plain.cab files/sub/deep/signed.cab
printf 'MZ but no program' > files/sub/dos.exe
printf '[Version]\r\n' > files/acme.inf
printf 'Grün' > 'files/sub/deep/Größe 🔑.txt'
printf 'Grün' > files/z/same.txt
: > files/empty

# ---- the same bytes as another program's
id=00112233445566778899aabbccddeeff time=2026-01-31T12:00:00Z
names=('OS=7:X64,10:X64' 'HWID1=usb\vid_1234&pid_5678')
for version in 1 2; do
	want 0 catalog -o v$version.cat --version $version --time $time --list-id $id \
	    --attribute "${names[0]}" --attribute "${names[1]}" files
	says '13 files (4 pe, 2 cab, 7 flat), not signed yet'
	catalogs expect $version $id 260131120000Z "${names[@]}" -- files > theirs.cat
	same theirs.cat v$version.cat
	want 0 openssl asn1parse -inform DER -in v$version.cat
	want 0 sort -c <(catalogs order v$version.cat)
	want 0 "$signfile" facts v$version.cat
	says "list-id: $id"
	says "version: $version"
done
# Two texts are equal, and two programs but for a signature.
says 'members: 22'
want 0 test "$(catalogs order v2.cat | awk '{ n[length($0)]++ } END { print n[40], n[64] }')" = '11 11'

# ---- time and id: given, or of the contents
export SOURCE_DATE_EPOCH=1767225600
want 0 catalog --json -o a.cat files
answer=$out
want 0 jq -e '.time == "2026-01-01T00:00:00.000Z" and (.files | length) == 13 and .left_out == []' <<< "$out"
want 0 jq -e --arg sum "$(sha256sum < a.cat | cut -c1-64)" --arg id "$("$signfile" facts a.cat | sed -n 's/list-id: //p')" \
    '.sha256 == $sum and .list_id == $id' <<< "$answer"
want 0 catalog -o b.cat files/
same a.cat b.cat
(cd files && want 0 catalog -o ../b.cat .)
same a.cat b.cat
cp -r files other && echo >> other/acme.inf
want 0 catalog -o c.cat other
want_same '' "$(comm -12 <("$signfile" facts a.cat | grep id:) <("$signfile" facts c.cat | grep id:))" 'id of other contents'
SOURCE_DATE_EPOCH=1e3 refuses USAGE 2 catalog -o no.cat files
unset SOURCE_DATE_EPOCH
want 0 catalog -o now.cat files
want 1 cmp -s a.cat now.cat
refuses USAGE 2 catalog -o no.cat --time yesterday files
refuses USAGE 2 catalog -o no.cat --list-id 12 files
refuses USAGE 2 catalog -o no.cat --version 3 files
refuses USAGE 2 catalog -o no.cat --attribute OS files
refuses USAGE 2 catalog -o no.cat --attribute =7 files
refuses USAGE 2 catalog files
want 1 test -e no.cat

# ---- what is left out, and what is refused
mkdir odd
echo x > odd/file
ln -s file odd/link
ln -s /etc odd/folder
mkfifo odd/pipe
want 0 catalog -o odd/odd.cat odd
says '1 file (1 flat)'
says 'left out: link: a symbolic link'
says 'left out: folder: a symbolic link'
says 'left out: pipe: a pipe'
want 0 catalog -o odd/odd.cat odd
says 'left out: odd.cat: the catalog itself'
ln -s odd by-link
want 0 catalog -o d.cat by-link
mkdir none
refuses USAGE 2 catalog -o no.cat none
refuses USAGE 2 catalog -o no.cat app.c
refuses FILE-MISSING 2 catalog -o no.cat nowhere
printf 1 > none/'a\b'
refuses CATALOG-NAME 2 catalog -o no.cat none
rm none/*
printf 1 > none/$'Gr\xf6\xdfe'
refuses CATALOG-NAME 2 catalog -o no.cat none
rm none/*
head -c 700 files/app.exe > none/cut.exe
refuses PE-TRUNCATED 2 catalog -o no.cat none
want 1 test -e no.cat

# ---- page hashes, and the way of New-FileCatalog
# tables N CATALOG: how many tables of version N are in it.
hex() { xxd -p "$1" | tr -d '\n'; }
tables() { hex "$2" | grep -o "060a2b06010401823702030$1" | wc -l; }
want 0 catalog -o pages.cat --page-hashes --version 1 files
want_same '3 0' "$(tables 1 pages.cat) $(tables 2 pages.cat)" 'tables of page hashes'
want 0 catalog -o pages.cat --page-hashes files
want_same '0 3' "$(tables 1 pages.cat) $(tables 2 pages.cat)" 'tables of page hashes'
want 0 catalog -o ps.cat --powershell --json files
want 0 jq -e '(.files | length) == 12' <<< "$out"
wide() { printf %s "$2" | iconv -t "UTF-16$1" | xxd -p | tr -d '\n'; }
want 0 grep -q "$(wide LE 'sub\run.ps1')" <(hex ps.cat)
want 0 grep -q "$(wide BE FilePath)" <(hex ps.cat)

# ---- signatures, ours and theirs, over both versions
# proof FILE: openssl takes the message over the octets of the list.
proof() {
	catalogs octets "$1" > octets
	want 0 openssl smime -verify -inform DER -in "$1" -content octets -binary \
	    -CAfile "$pki/ca.pem" -purpose any -out /dev/null
	want 0 check "$1"
	says "good sha256 $(sha256sum < octets | cut -c1-64) "
}
back() {
	want 0 "$signfile" same "$1" "$2"
	want 0 "$signfile" strip "$2" bare.cat
	same "$1" bare.cat
	catalogs unsigned "$2" > bare.cat
	same "$1" bare.cat
	want 3 check bare.cat
	want 3 "$signfile" strip bare.cat again.cat
	same bare.cat again.cat
}
for version in 1 2; do
	want 0 sign -authority "$pki/ca.cnf" -description 'Acmé' "$pki/code.pem" "$pki/code.key" v$version.cat ours$version.cat
	osslsigncode_verify 0 "$pki/ca.pem" ours$version.cat Succeeded 'Number of verified signatures: 1' \
	    'Timestamp Server Signature verification: ok' 'Text description: Acmé'
	proof ours$version.cat
	back v$version.cat ours$version.cat
	theirs_sign v$version.cat theirs$version.cat
	proof theirs$version.cat
	back v$version.cat theirs$version.cat
	# Signing what is signed replaces.
	want 0 plain v$version.cat once.cat
	want 0 plain ours$version.cat again.cat
	same once.cat again.cat
done
want 0 sign -digest sha384 "$pki/ec.pem" "$pki/ec.key" v2.cat ec.cat
osslsigncode_verify 0 "$pki/ca.pem" ec.cat Succeeded
want 0 check ec.cat
says 'good sha384'
want 0 sign -only-stamp -authority "$pki/ca.cnf" "$pki/code.pem" "$pki/code.key" theirs2.cat later.cat
osslsigncode_verify 0 "$pki/ca.pem" later.cat Succeeded 'Timestamp Server Signature verification: ok'
want 0 check later.cat
says timestamp=yes
refuses FORMAT-NOT-SIGNED 2 sign -only-stamp -authority "$pki/ca.cnf" "$pki/code.pem" "$pki/code.key" v2.cat no.cat
refuses AUTHENTICODE-PAGES 2 sign -pages "$pki/code.pem" "$pki/code.key" v2.cat no.cat
# A second one is nested, and holds the list once more.
want 0 sign -append -digest sha384 "$pki/ec.pem" "$pki/ec.key" ours2.cat twice.cat
want 0 check twice.cat
says 'nested=0'
says 'nested=1'
back v2.cat twice.cat
osslsigncode_verify 0 "$pki/ca.pem" twice.cat Succeeded

# ---- a file in a catalog, found by them and by us
for signer in ours theirs; do
	for file in files/app.exe files/sub/app.dll files/sub/deep/plain.cab files/sub/deep/signed.cab; do
		theirs_find 0 ${signer}2.cat $file
		theirs_find 0 ${signer}1.cat $file
	done
	want 0 verify --catalog ${signer}2.cat files/*.* files/empty files/sub/*.* files/sub/deep/*
	says "in it by    sha256"
	want 0 verify --catalog ${signer}1.cat --allow-sha1 files/app.exe files/acme.inf
	says "in it by    sha1"
	refuses CATALOG-WEAK 1 verify --catalog ${signer}1.cat files/app.exe
done
# A program's own signatures change nothing, but that of a script is its bytes.
want 0 plain files/app.exe signed.exe
want 0 verify --catalog ours2.cat signed.exe
theirs_find 0 ours2.cat signed.exe
plain files/sub/run.ps1 other.ps1
want 0 verify --json --catalog ours2.cat other.ps1 files/app.exe
want 0 jq -e '.verdict == "good" and .catalog.verdict == "good" and .artifacts[1].found_by == "sha256"' <<< "$out"
plain files/sub/deep/signed.cab again.cab
want 0 verify --catalog ours2.cat again.cab
# This one gets a reserve: it is another cabinet then, unless it was signed before.
plain files/sub/deep/plain.cab first.cab
want 0 verify --catalog ours2.cat first.cab
printf '# more\r\n' | cat - files/sub/run.ps1 > changed.ps1
refuses CATALOG-MEMBER 1 verify --catalog ours2.cat changed.ps1
head -c -1 files/app.exe > changed.exe && printf y >> changed.exe
refuses CATALOG-MEMBER 1 verify --catalog ours2.cat files/app.exe changed.exe
says 'files/app.exe: good'
says 'changed.exe: bad'
theirs_find 1 ours2.cat changed.exe
want 2 verify --json --catalog ours2.cat nowhere.exe files/app.exe
want 0 jq -e '.verdict == "unreadable" and .artifacts[0].error.code == "FILE-MISSING" and .artifacts[1].verdict == "good"' <<< "$out"
want 3 verify --catalog v2.cat files/app.exe
says 'not signed'
refuses CATALOG-MEMBER 1 verify --catalog v2.cat changed.exe
refuses CATALOG-MALFORMED 2 verify --catalog files/app.exe files/app.exe
refuses USAGE 2 verify --catalog ours2.cat --signature files/acme.inf files/app.exe
refuses USAGE 2 verify --allow-sha1 files/app.exe

# ---- a stranger, a replaced list, cut and longer files
openssl req -x509 -newkey rsa:3072 -nodes -keyout /dev/null -out stranger.pem -days 1 -subj /CN=Stranger 2> /dev/null
want 1 "$signfile" check stranger.pem ours2.cat
want 1 "$TAGSEAL" verify --roots stranger.pem --catalog ours2.cat files/app.exe
says CERTIFICATE-UNTRUSTED
sed 's/Version/version/' files/acme.inf > other/acme.inf
want 0 catalog -o swap.cat --time $time --list-id $id --attribute "${names[0]}" --attribute "${names[1]}" other
catalogs swap ours2.cat swap.cat > swapped.cat
refuses CMS-DIGEST 1 check swapped.cat
refuses CMS-DIGEST 1 verify --catalog swapped.cat other/acme.inf
osslsigncode_verify 1 "$pki/ca.pem" swapped.cat
refuses FORMAT-DIFFERS 1 "$signfile" same v2.cat swapped.cat
head -c -9 ours2.cat > cut.cat
want 2 check cut.cat
says CATALOG-MALFORMED
{ cat ours2.cat; printf '\0'; } > longer.cat
refuses CATALOG-MALFORMED 2 check longer.cat
refuses CATALOG-MALFORMED 1 "$signfile" same v2.cat longer.cat

# ---- signed on the command line, accounted for by a checker
new_token test
new_authority
make_signer release rsa-3072
want 0 "$TAGSEAL" sign --certificate release.pem --key 'pkcs11:token=test;object=release' -o cli.cat v2.cat
want 0 "$TAGSEAL" verify --roots ca.pem cli.cat
want 0 "$TAGSEAL" verify --roots ca.pem --catalog cli.cat files/app.exe
osslsigncode_verify 0 ca.pem cli.cat Succeeded
want 0 "$TAGSEAL" strip -o cli.cat cli.cat
same v2.cat cli.cat

# ---- every byte of a signed catalog, flipped one at a time
mkdir small && cp files/acme.inf small
want 0 catalog -o small.cat small
want 0 plain small.cat signed-small.cat
want 0 "$signfile" flip "$pki/ca.pem" small.cat signed-small.cat
if [[ -z $out ]]; then pass; else fail "signed-small.cat: $out"; fi
