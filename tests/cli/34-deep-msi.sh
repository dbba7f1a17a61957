#!/usr/bin/env bash
# sign: programs inside of installer packages, then the packages. Every
# signature is judged by osslsigncode, every table by msiinfo.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/cli/world.sh"
. "$SOURCE/tests/osslsigncode.sh"
msis=$SOURCE/tests/containers/msis.py

new_token test
new_authority
make_signer release rsa-3072
start_tsa rsa-3072
good=(--certificate release.pem --key 'pkcs11:token=test;object=release' --timestamp "$tsa" --tsa-roots ca.pem)
proven() { osslsigncode_verify 0 ca.pem "$1" Succeeded 'Timestamp Server Signature verification: ok'; }

# ---- setup.zip > app.msi, a package of wixl: two programs and a custom action
mkdir tree
printf 'int main(void) { return 0; }\n' > app.c
x86_64-w64-mingw32-gcc -s -o tree/app.exe app.c
x86_64-w64-mingw32-gcc -s -shared -o tree/lib.dll app.c
i686-w64-mingw32-gcc -s -shared -o action.dll app.c
seq 1 9000 > tree/numbers.txt
guid=11111111-2222-3333-4444-5555555555
cat > app.wxs <<XML
<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
<Product Id="${guid}00" UpgradeCode="${guid}01" Name="App" Language="1033" Version="1.0.0" Manufacturer="Acme">
<Package InstallerVersion="200" Compressed="yes"/>
<Media Id="1" Cabinet="app.cab" EmbedCab="yes"/>
<Binary Id="Action" SourceFile="action.dll"/>
<Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFilesFolder" Name="PFiles"><Directory Id="INSTALLDIR" Name="Acme App">
<Component Id="C1" Guid="${guid}02"><File Id="F1" Name="app.exe" Source="tree/app.exe" KeyPath="yes"/></Component>
<Component Id="C2" Guid="${guid}03"><File Id="F2" Name="numbers.txt" Source="tree/numbers.txt" KeyPath="yes"/></Component>
<Directory Id="SUB" Name="sub"><Component Id="C3" Guid="${guid}04"><File Id="F3" Name="lib.dll" Source="tree/lib.dll" KeyPath="yes"/></Component></Directory>
</Directory></Directory></Directory>
<Feature Id="F" Level="1"><ComponentRef Id="C1"/><ComponentRef Id="C2"/><ComponentRef Id="C3"/></Feature>
</Product></Wix>
XML
want 0 wixl -o app.msi app.wxs
zip -q setup.zip app.msi
inside='          - directory:
              path: PFiles/Acme App
              contents:
                - pe: {paths: [app.exe, "**/LIB.dll"], matches: {min: 2, max: 2}, sign: authenticode}
                - file: {path: numbers.txt}
          - pe: {path: "<Binary>/Action", sign: authenticode}'
cat > setup.yaml <<YAML
artifact:
  zip:
    contents:
      - msi:
          path: app.msi
          sign: authenticode
          contents:
$(sed 's/^/  /' <<< "$inside")
    other-files: refuse
YAML
cat > inside.yaml <<YAML
artifact:
  msi:
        contents:
$inside
YAML

want 0 "$TAGSEAL" inspect --json app.msi
want_same 'PFiles/Acme App/app.exe pe,PFiles/Acme App/numbers.txt file,PFiles/Acme App/sub/lib.dll pe,<Binary>/Action pe' \
    "$(jq -r '[.contents[] | (.path | ltrimstr("app.msi!/")) + " " + .format] | join(",")' <<< "$out")" 'what is inside'
want 0 "$TAGSEAL" plan --configuration setup.yaml setup.zip
says 'sign 4,'
want 0 "$TAGSEAL" sign "${good[@]}" --json --configuration setup.yaml -o signed.zip setup.zip
printf '%s' "$out" > manifest.json
mkdir out && unzip -q signed.zip -d out

# judged PACKAGE: what is inside of it.
judged() {
	rm -rf all && mkdir all
	want 0 msiextract -C all "$1"
	mv 'all/Program Files/Acme App' all/app
	proven all/app/app.exe
	proven all/app/sub/lib.dll
	same all/app/numbers.txt tree/numbers.txt
	msiinfo extract "$1" Binary.Action > all/action.dll
	proven all/action.dll
	msiinfo export "$1" File 2> /dev/null | tr -d '\r' > rows
	want_same "$(stat -c %s all/app/app.exe)" "$(awk -F '\t' '$1 == "F1" { print $4 }' rows)" 'size of app.exe'
	want_same "$(stat -c %s all/app/sub/lib.dll)" "$(awk -F '\t' '$1 == "F3" { print $4 }' rows)" 'size of lib.dll'
	msiinfo export "$1" MsiFileHash 2> /dev/null | tr -d '\r' > rows
	want_same "$(python3 "$msis" sum all/app/app.exe)" "$(awk -F '\t' -v OFS='\t' '$1 == "F1" { print $3, $4, $5, $6 }' rows)" 'sum of app.exe'
	want 0 python3 "$msis" same app.msi "$2" app.cab Binary.Action
}
proven out/app.msi
# The signatures taken out: osslsigncode's own view of what is below.
osslsigncode remove-signature -in out/app.msi -out bare.msi > /dev/null
judged out/app.msi bare.msi
want 0 "$TAGSEAL" verify --roots ca.pem signed.zip
want 0 "$TAGSEAL" verify --roots ca.pem out/app.msi
want 0 jq -e '.signatures | length == 4' manifest.json

# ---- inside alone: the package has no signature then
want 0 "$TAGSEAL" sign "${good[@]}" --configuration inside.yaml -o inside.msi app.msi
judged inside.msi inside.msi
osslsigncode_verify 1 ca.pem inside.msi 'MSI file has no signature'

# ---- an old signature of the package goes, and is said to
openssl req -x509 -newkey rsa:2048 -nodes -keyout old.key -out old.pem -days 30 -subj /CN=Old -addext extendedKeyUsage=codeSigning 2> /dev/null
osslsigncode sign -h sha256 -certs old.pem -key old.key -in app.msi -out old.msi > /dev/null
want 0 "$TAGSEAL" sign "${good[@]}" --configuration inside.yaml -o new.msi old.msi
says 'the signature of the package is taken out'
want 0 python3 "$msis" same inside.msi new.msi app.cab Binary.Action
osslsigncode_verify 1 ca.pem new.msi 'MSI file has no signature'

# ---- signed once more, without a look inside: the old signature is replaced
printf 'artifact: {msi: {sign: authenticode, other-files: keep}}\n' > outside.yaml
want 0 "$TAGSEAL" sign "${good[@]}" --configuration outside.yaml -o again.msi old.msi
proven again.msi
osslsigncode remove-signature -in again.msi -out plain.msi > /dev/null
want 0 python3 "$msis" same app.msi plain.msi

# ---- no place for detached signatures
sed 's/file: {path: numbers.txt}/file: {path: numbers.txt, sign: {cms: {output: "${file.name}.p7s"}}}/' inside.yaml > beside.yaml
refuses MSI-NEW 4 "$TAGSEAL" sign "${good[@]}" --configuration beside.yaml -o no.msi app.msi
want 1 test -e no.msi
