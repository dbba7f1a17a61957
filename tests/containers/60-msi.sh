#!/usr/bin/env bash
# msi - packages of wixl and of our own making are read as msiextract and
# msiinfo read them, given back byte for byte, and rebuilt with signed programs
# that msiinfo, cabextract and osslsigncode agree with; hostile ones are
# refused with their code.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
. "$SOURCE/tests/containers/container.sh"
msis=$SOURCE/tests/containers/msis.py

mkdir good bad tree
printf 'int main(void) { return 0; }\n' > app.c
x86_64-w64-mingw32-gcc -s -o tree/app.exe app.c
x86_64-w64-mingw32-gcc -s -shared -o tree/lib.dll app.c
x86_64-w64-mingw32-gcc -s -shared -DCA -o action.dll app.c
seq 1 9000 > tree/numbers.txt
seq 5 9000 > new
(cd tree && cp app.exe F1 && cp numbers.txt F2 && cp lib.dll F3 &&
    gcab -cz ../app.cab F1 F2 F3 && gcab -cz ../two.cab F2 && gcab -cz ../one.cab F1 F3 && rm F1 F2 F3)

# exported FILE TABLE: its rows, by msiinfo.
exported() { msiinfo export "$1" "$2" 2> /dev/null | tr -d '\r' | tail -n +4; }
# stream FILE NAME: its bytes, by msiinfo.
stream() { msiinfo extract "$1" "$2" 2> /dev/null; }

# ---- packages of wixl; the second has two cabinets, by msibuild
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
<Component Id="C2" Guid="${guid}03"><File Id="F2" Name="long numbers.txt" Source="tree/numbers.txt" KeyPath="yes"/></Component>
<Directory Id="SUB" Name="sub folder"><Component Id="C3" Guid="${guid}04"><File Id="F3" Name="lib.dll" Source="tree/lib.dll" KeyPath="yes"/></Component></Directory>
</Directory></Directory></Directory>
<Feature Id="F" Level="1"><ComponentRef Id="C1"/><ComponentRef Id="C2"/><ComponentRef Id="C3"/></Feature>
</Product></Wix>
XML
want 0 wixl -o good/wixl.msi app.wxs
cp good/wixl.msi good/two.msi
{ printf 'DiskId\tLastSequence\tDiskPrompt\tCabinet\tVolumeLabel\tSource\r\ni2\ti4\tL64\tS255\tS32\tS72\r\nMedia\tDiskId\r\n'
  printf '1\t2\t\t#one.cab\t\t\r\n2\t3\t\t#two.cab\t\t\r\n'; } > Media.idt
{ msiinfo export good/wixl.msi File | sed -n 1,3p
  exported good/wixl.msi File | awk -F '\t' -v OFS='\t' '{ $8 = $1 == "F2" ? 3 : $1 == "F3" ? 2 : 1; printf "%s\r\n", $0 }'; } > File.idt
want 0 msibuild good/two.msi -i Media.idt File.idt -a one.cab one.cab -a two.cab two.cab
python3 "$msis" good good app.cab

# ---- read as others read them, and given back as they were
# paths FILE: what is installed, by msiextract; which gives ProgramFilesFolder a
# name of its own, and goes by the target where source and target differ.
paths() { msiextract -l "$1" | sed "s|^Program Files/|$2|" | sort; }
count=0
for file in good/*.msi; do
	want 0 "$container" test "$file"
	given_back "$file"
	count=$((count + 1))
done
want 0 test $count -ge 18
listed() { "$container" list "$1" 2> /dev/null | cut -d' ' -f3- | sed 's/@$//'; }
for name in wixl two plain wide utf8 western long-references flags beside media missing module few-tables; do
	root=; [[ $name != wixl && $name != two ]] || root=PFiles/
	want_same "$(paths "good/$name.msi" "$root")" "$(listed "good/$name.msi" | grep -v '^<Binary>/' | sort)" "$name"
done
want_same "$(listed good/plain.msi)" "$(listed good/long-length.msi)" 'the other order of words'
want_same '<Binary>/Action' "$(listed good/wixl.msi | tail -1)" 'the table Binary'
want_same $'<File>/F1/app.exe\n<File>/F2/APP.EXE\nAcme App/sub folder/lib.dll\n<Binary>/Action' "$(listed good/twice.msi)" 'a path twice'
want_same '' "$(listed good/patch.msi)" 'a patch'

# index FILE PATH
index() { "$container" list "$1" 2> /dev/null | grep -F "$2" | cut -d' ' -f1; }
for file in good/{wixl,two}.msi; do
	for path in app.exe lib.dll; do
		"$container" cat "$file" "$(index "$file" "$path")" > got
		same got "tree/$path"
	done
	"$container" cat "$file" "$(index "$file" numbers.txt)" > got
	same got tree/numbers.txt
	"$container" cat "$file" "$(index "$file" '<Binary>/Action')" > got
	same got action.dll
done

# ---- what is not in the package has no contents, and says why
opaque() { want 2 "$container" cat "$1" "$(index "$1" "$2")"; says ENTRY-OPAQUE; says "$3"; }
opaque good/beside.msi numbers.txt 'it is not in the database, but beside it'
opaque good/flags.msi numbers.txt 'it is not in the database, but beside it'
opaque good/broken-cabinet.msi app.exe 'its cabinet cannot be read: '
opaque good/missing.msi lib.dll 'it is not in the cabinet where it should be'
want 0 "$container" list good/beside.msi
says 'note: some files lie beside the package'
want 0 "$container" list good/broken-cabinet.msi
says 'note: files in the cabinet "app.cab" cannot be signed: '
want 0 "$container" list good/wixl.msi
says_not note:
refuses ENTRY-OPAQUE 2 "$container" rebuild good/beside.msi x.msi "$(index good/beside.msi numbers.txt)=new"
refuses MSI-NEW 2 "$container" rebuild good/wixl.msi x.msi +app.exe.p7s=new

# ---- each file in turn replaced: sizes and sums by msiinfo, bytes by cabextract
for name in wixl two wide long-length twice module few-tables; do
	file=good/$name.msi
	while read -r index size path; do
		want 0 "$container" rebuild "$file" changed.msi "$index=new"
		want 0 "$container" rebuild "$file" again.msi "$index=new"
		same changed.msi again.msi
		replaced MSI-CHANGED "$file" changed.msi "$index" new
		want 0 python3 "$msis" same "$file" changed.msi app.cab one.cab two.cab MergeModule.CABinet Binary.Action
		while read -r other _ _; do
			[[ $other -ne $index ]] || continue
			"$container" cat "$file" "$other" > was
			"$container" cat changed.msi "$other" > got
			same was got
		done < <("$container" list "$file" 2> /dev/null)
		# The row of File, by its place in the table.
		python3 "$msis" table "$file" File > rows
		python3 "$msis" table changed.msi File > now
		want_same "$(awk -F '\t' -v OFS='\t' -v n=$((index + 1)) -v size="$(stat -c %s new)" 'NR == n { $4 = size } { print }' rows)" \
		    "$(cat now)" "File of $name"
		[[ $path == '<Binary>/'* ]] || want_same "$(sed -n $((index + 1))p rows | cut -f1)" "$(sed -n $((index + 1))p now | cut -f1)" key
		[[ $name != long-length ]] || continue		# libmsi does not read it
		want_same "$(cut -f1,4 now)" "$(exported changed.msi File | cut -f1,4)" "File of $name by msiinfo"
		[[ $name != few-tables && $path != '<Binary>/'* ]] || continue
		key=$(sed -n $((index + 1))p now | cut -f1)
		old=$(exported "$file" MsiFileHash | grep -v "^$key	")
		want_same "$old" "$(exported changed.msi MsiFileHash | grep -v "^$key	")" 'other sums'
		exported "$file" MsiFileHash | grep -q "^$key	" || continue
		want_same "$(python3 "$msis" sum new)" "$(exported changed.msi MsiFileHash | grep "^$key	" | cut -f3-6)" "sum of $name"
	done < <("$container" list "$file" 2> /dev/null)
done

# ---- programs signed by others, several at once, in two cabinets
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 30 \
    -subj /CN=Test -addext extendedKeyUsage=codeSigning 2> /dev/null
sign() { osslsigncode sign -h sha256 -certs cert.pem -key key.pem -in "$1" -out "$2"; }
mkdir signed
for file in tree/app.exe tree/lib.dll action.dll; do want 0 sign "$file" "signed/${file##*/}"; done
for name in wixl two; do
	file=good/$name.msi
	want 0 "$container" rebuild "$file" changed.msi "$(index "$file" app.exe)=signed/app.exe" "$(index "$file" numbers.txt)=new" \
	    "$(index "$file" lib.dll)=signed/lib.dll" "$(index "$file" '<Binary>/Action')=signed/action.dll"
	want 0 "$container" kept "$file" changed.msi 0 1 2 3
	refuses MSI-CHANGED 2 "$container" kept "$file" changed.msi 1 2 3
	rm -rf out && mkdir out
	for cab in app.cab one.cab two.cab; do
		[[ $name == two ]] || [[ $cab == app.cab ]] || continue
		stream changed.msi $cab > out/$cab
		want 0 cabextract -tq out/$cab
		[[ $name == two && $cab == app.cab ]] || want 0 cabextract -q -d out out/$cab
	done
	stream changed.msi Binary.Action > out/action.dll
	same out/F1 signed/app.exe
	same out/F2 new
	same out/F3 signed/lib.dll
	same out/action.dll signed/action.dll
	want 0 osslsigncode verify -CAfile cert.pem -in out/F1
	want 0 osslsigncode verify -CAfile cert.pem -in out/F3
	want 0 msiextract -C out/all changed.msi
done
want 0 cmp "out/all/Program Files/Acme App/app.exe" signed/app.exe

# ---- the package's own signature goes with a change, and is said to
want 0 sign good/wixl.msi signed.msi
want 0 "$container" list signed.msi
says 'note: the signature of the package is taken out'
given_back signed.msi
want 0 "$container" rebuild signed.msi changed.msi 0=new
want 0 "$container" rebuild good/wixl.msi again.msi 0=new
want 0 "$container" kept signed.msi changed.msi 0
want 0 "$container" kept good/wixl.msi changed.msi 0
want 0 python3 "$msis" same signed.msi changed.msi app.cab
want 1 osslsigncode verify -CAfile cert.pem -in changed.msi
want 0 sign changed.msi resigned.msi
want 0 osslsigncode verify -CAfile cert.pem -in resigned.msi
want 0 "$container" test resigned.msi

# ---- what a rebuild must not do, though all of it is in order otherwise:
# another byte of any stream, one stream more, a cabinet with a signature
# plainly IN OUT: the streams of IN in the layout of a rebuild.
plainly() {
	"$container" cat "$1" 3 > action &&
	    "$container" rebuild "$1" "$2" 3=action
}
want 0 "$container" rebuild good/plain.msi changed.msi 0=new
want 0 plainly changed.msi again.msi
same changed.msi again.msi
mkdir flips
want 0 python3 "$msis" flips changed.msi flips
taken=0
for file in flips/*.msi; do
	plainly "$file" evil.msi > log 2>&1 || continue
	want 2 "$container" kept good/plain.msi evil.msi 0
	[[ $out == *MSI-* || $out == *CAB-* ]] && pass || fail "$file: $out"
	taken=$((taken + 1))
done
want 0 test $taken -gt 15
stream changed.msi app.cab > changed.cab
want 0 sign changed.cab signed.cab
for put in 'app.cab signed.cab' 'new new' 'Binary.Action new' 'Binary.Other new'; do
	want 0 python3 "$msis" put changed.msi evil.msi $put
	want 0 plainly evil.msi evil-plain.msi
	refuses MSI-CHANGED 2 "$container" kept good/plain.msi evil-plain.msi 0
done
want 0 python3 "$msis" put changed.msi evil.msi app.cab app.cab
want 0 plainly evil.msi evil-plain.msi
refuses MSI-CHANGED 2 "$container" kept good/plain.msi evil-plain.msi 0

# ---- hostile packages
python3 "$msis" bad bad app.cab
hostile bad/*.msi
