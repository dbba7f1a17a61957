#!/usr/bin/env bash
# timestamp: what is signed gets a timestamp, by us and by others signed, in
# place of older ones; judged by osslsigncode and openssl. What is not signed,
# not good or too late gets none.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/cli/world.sh"
. "$SOURCE/tests/osslsigncode.sh"

new_token test
new_authority
make_signer release rsa-3072
make_signer curve ec-p256
start_tsa
dead=http://127.0.0.1:1/
key='pkcs11:token=test;object=release'
sign=("$TAGSEAL" sign --certificate release.pem --key "$key")
stamp=("$TAGSEAL" timestamp --tsa "$tsa" --tsa-roots ca.pem)

judge() { osslsigncode_verify 0 ca.pem "$1" Succeeded 'Timestamp Server Signature verification: ok' "${@:2}"; }
ours() { want 0 "$TAGSEAL" verify --roots ca.pem "$1"; says "timestamp   $(date -u +%Y-)"; }

printf 'int main(void) { return 0; }\n' > app.c
x86_64-w64-mingw32-gcc -s -o app.exe app.c
echo 'int start(void) { return 0; }' > efi.c
x86_64-w64-mingw32-gcc -s -nostdlib -Wl,--subsystem,10 -e start -o app.efi efi.c
printf 'Write-Output hello\r\n' > app.ps1
gcab -c app.cab app.c > /dev/null
cat > app.wxs <<'EOF'
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
<Product Id="*" Name="A" Language="1033" Version="1.0.0" Manufacturer="A" UpgradeCode="12345678-1234-1234-1234-123456789012">
<Package InstallerVersion="200"/><Media Id="1" Cabinet="a.cab" EmbedCab="yes"/>
<Directory Id="TARGETDIR" Name="SourceDir"><Component Id="C" Guid="12345678-1234-1234-1234-123456789013">
<File Id="F" Source="app.c" KeyPath="yes"/></Component></Directory>
<Feature Id="M" Level="1"><ComponentRef Id="C"/></Feature></Product></Wix>
EOF
wixl -o app.msi app.wxs
mkdir folder && cp app.c folder && "$TAGSEAL" catalog -o app.cat folder > /dev/null
python3 "$SOURCE/tests/formats/apps.py" make > app.app
python3 "$SOURCE/tests/formats/appx.py" make app.msix 'publisher=CN=Test release, O=Test'
openssl genrsa -out code.key 3072 2> /dev/null
openssl req -new -key code.key -subj '/CN=Code' -out code.csr
issue code.csr code.pem extendedKeyUsage=codeSigning

# ---- ours and theirs; the output may be the input
for file in app.exe app.efi app.ps1 app.cab app.msi app.cat app.app app.msix; do
	want 0 "${sign[@]}" -o "signed-$file" "$file"
	want 0 "${stamp[@]}" -o "stamped-$file" "signed-$file"
	says 'timestamped'
	says 'CN=Test TSA'
	says_not 'in place of'
	ours "stamped-$file"
	want 0 "${stamp[@]}" -o "signed-$file" "signed-$file"
	ours "signed-$file"
done
for file in app.exe app.efi app.cab app.msi; do judge "stamped-$file"; done
want 0 sbverify --cert ca.pem stamped-app.efi
osslsigncode sign -certs code.pem -key code.key -h sha384 -in app.exe -out theirs.exe > log
want 0 "${stamp[@]}" -o stamped.exe theirs.exe
judge stamped.exe
ours stamped.exe

# ---- a signature with a timestamp gets a new one; --json says so
want 0 "${stamp[@]}" --json -o again.exe stamped.exe
want 0 jq -e --arg sha256 "$(sha256sum < again.exe | cut -c1-64)" '.replaced and .sha256 == $sha256 and
    .signatures == 1 and (.timestamp.authority | startswith("CN=Test TSA"))' <<< "$out"
judge again.exe 'Number of verified signatures: 1'

# ---- the outermost is stamped, what is nested stays; elliptic curves
want 0 "$TAGSEAL" sign --certificate curve.pem --key 'pkcs11:token=test;object=curve' -o curve.exe app.exe
want 0 "${stamp[@]}" -o stamped-curve.exe curve.exe
judge stamped-curve.exe
osslsigncode sign -nest -certs code.pem -key code.key -h sha256 -in curve.exe -out two.exe > log
want 0 "${stamp[@]}" -o stamped-two.exe two.exe
osslsigncode_verify 0 ca.pem stamped-two.exe 'Number of verified signatures: 2'
want 0 "$TAGSEAL" verify --json --roots ca.pem stamped-two.exe
want 0 jq -e '[.artifacts[].answer.files[].signatures[].timestamp != null] == [true, false]' <<< "$out"
for two in two.exe stamped-two.exe; do
	want 0 "${stamp[@]}" --json --nested 1 -o nested.exe $two
	want 0 jq -e '.nested == 1 and .signatures == 2 and (.signer | contains("CN=Code")) and (.replaced | not)' <<< "$out"
	want 0 "$TAGSEAL" verify --json --roots ca.pem nested.exe
	want_same "[$([[ $two == two.exe ]] && echo false || echo true),true]" \
	    "$(jq -c '[.artifacts[].answer.files[].signatures[].timestamp != null]' <<< "$out")" $two
	osslsigncode_verify 0 ca.pem nested.exe 'Number of verified signatures: 2'
done
# Among several nested ones the stamped one may move; none is lost.
osslsigncode sign -nest -certs code.pem -key code.key -h sha384 -in two.exe -out three.exe > log
for n in 1 2; do
	want 0 "$TAGSEAL" verify --json --roots ca.pem three.exe
	digest=$(jq -r ".artifacts[].answer.files[].signatures[$n].digest" <<< "$out")
	want 0 "${stamp[@]}" --nested $n -o stamped-three.exe three.exe
	want 0 "$TAGSEAL" verify --json --roots ca.pem stamped-three.exe
	want 0 jq -e --arg digest "$digest" '[.artifacts[].answer.files[].signatures[]] | length == 3 and
	    [.[] | select(.timestamp) | .digest] == [$digest]' <<< "$out"
done
for file in app.cab app.msi app.cat; do
	want 0 "${sign[@]}" --append -o "two-$file" "stamped-$file"
	want 0 "${stamp[@]}" --nested 1 -o "two-$file" "two-$file"
	want 0 "$TAGSEAL" verify --json --roots ca.pem "two-$file"
	want 0 jq -e '[.artifacts[].answer.files[].signatures[] | select(.timestamp)] | length == 2' <<< "$out"
done
refuses FORMAT-NOT-SIGNED 3 "${stamp[@]}" --nested 2 -o no two.exe
says 'there are 1'
refuses FORMAT-NOT-SIGNED 3 "${stamp[@]}" --nested 1 -o no stamped-app.ps1
refuses USAGE 2 "${stamp[@]}" --nested x -o no two.exe
refuses USAGE 2 "${stamp[@]}" --nested 17 -o no two.exe
want 0 "${sign[@]}" --append -o two.efi stamped-app.efi
want 0 "${stamp[@]}" -o again.efi two.efi
want 0 sbverify --list again.efi
says 'signature 2'
want 0 "$TAGSEAL" verify --roots ca.pem again.efi

# ---- a detached signature keeps its form
openssl cms -sign -binary -outform DER -in app.c -signer code.pem -inkey code.key -out app.p7s
want 0 "${stamp[@]}" --signature app.p7s -o stamped.p7s app.c
want 0 openssl cms -verify -binary -inform DER -in stamped.p7s -content app.c -CAfile ca.pem -purpose any -out /dev/null
want 0 "$TAGSEAL" verify --roots ca.pem --signature stamped.p7s app.c
says "timestamp   $(date -u +%Y-)"
openssl cms -in app.p7s -inform DER -cmsout -outform PEM -out app.pem
want 0 "${stamp[@]}" --signature app.pem -o stamped.pem app.c
want 0 openssl cms -verify -binary -inform PEM -in stamped.pem -content app.c -CAfile ca.pem -purpose any -out /dev/null
want 0 "$TAGSEAL" verify --roots ca.pem --signature stamped.pem app.c
refuses CMS-DIGEST 1 "${stamp[@]}" --signature app.p7s -o no efi.c
refuses FORMAT-NOT-SIGNED 3 "${stamp[@]}" --nested 1 --signature app.p7s -o no app.c

# ---- the next authority serves; none is an error, and a wrong one
want 0 "$TAGSEAL" timestamp --tsa $dead --tsa "$tsa" -o second.exe theirs.exe
judge second.exe
want 5 "$TAGSEAL" timestamp --tsa $dead -o no theirs.exe
openssl req -x509 -newkey rsa:3072 -nodes -keyout other.key -out other.pem -days 9 -subj /CN=Other 2> /dev/null
refuses CERTIFICATE- 1 "$TAGSEAL" timestamp --tsa "$tsa" --tsa-roots other.pem -o no theirs.exe

# ---- not signed, not good, too late
refuses FORMAT-NOT-SIGNED 3 "${stamp[@]}" -o no app.exe
refuses FORMAT-NOT-SIGNED 3 "${stamp[@]}" -o no app.c
for at in 100 1024; do
	cp theirs.exe flipped.exe
	byte=$(xxd -s $at -l 1 -p flipped.exe)
	printf '%02x' $((0x$byte ^ 1)) | xxd -r -p | dd of=flipped.exe bs=1 seek=$at conv=notrunc status=none
	refuses AUTHENTICODE-DIGEST 1 "${stamp[@]}" -o no flipped.exe
done
touch index.txt && echo 01 > serial
printf '[ca]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n' > ca.cnf
printf 'extendedKeyUsage=codeSigning\nkeyUsage=digitalSignature\n' > extensions
openssl ca -batch -notext -config ca.cnf -name ca -cert ca.pem -keyfile ca.key -in code.csr -extfile extensions \
    -startdate 20200101000000Z -enddate 20210101000000Z -out old.pem 2> log || { cat log; fail "no old certificate"; }
osslsigncode sign -certs old.pem -key code.key -h sha256 -in app.exe -out old.exe > log
refuses CERTIFICATE-EXPIRED 1 "${stamp[@]}" -o no old.exe
refuses USAGE 2 "$TAGSEAL" timestamp -o no theirs.exe
refuses USAGE 2 "$TAGSEAL" timestamp --tsa "$tsa" theirs.exe
refuses FILE-MISSING 2 "${stamp[@]}" -o no nothing.exe
refuses FILE-MISSING 2 "${stamp[@]}" -o nowhere/no theirs.exe
want 1 test -e no
