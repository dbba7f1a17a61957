#!/usr/bin/env bash
# packages - real ones of Debian and npm: one program in each is signed, all
# the rest stays as it was, and their own tools open them.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
. "$SOURCE/tests/cli/world.sh"
. "$SOURCE/tests/osslsigncode.sh"
entries=$SOURCE/tests/containers/entries.py

new_token test
new_authority
make_signer release rsa-3072

# package, and the file in it that is signed. Debian's come by apt, npm's by npm.
cat > list <<'EOT'
deb gpgv-win32		usr/share/win32/gpgv.exe
deb libz-mingw-w64	usr/i686-w64-mingw32/lib/zlib1.dll
deb nsis-common		usr/share/nsis/Stubs/zlib-x86-unicode
deb python3-distlib	usr/lib/python3/dist-packages/distlib/t64.exe
deb gzip-win32		usr/share/win32/gzip.exe
npm rcedit@4.0.1	package/bin/rcedit-x64.exe
npm 7zip-bin@5.2.0	package/win/x64/7za.exe
npm node-notifier@10.0.1	package/vendor/snoreToast/snoretoast-x86.exe
npm @esbuild/win32-ia32@0.25.0	package/esbuild.exe
npm electron-winstaller@5.4.0	package/vendor/nuget.exe
EOT
apt-get update > apt.log 2>&1 || true

fetch() {
	case $1 in
	deb) apt-get download "$2" > fetch.log 2>&1 && mv ./*.deb in.deb ;;
	npm) npm pack --silent "$2" > fetch.log 2>&1 && mv ./*.tgz in.tgz ;;
	esac
}
# unpack KIND FILE FOLDER: by the package's own tool.
unpack() {
	mkdir "$3"
	case $1 in
	deb) dpkg-deb -x "$2" "$3" ;;
	npm) tar -xzf "$2" -C "$3" ;;
	esac
}
configuration() {
	printf 'artifact:\n  %s:\n    contents: [{pe: {path: "%s", sign: authenticode}}]\n    other-files: keep\n' "$1" "$2"
}
declare -A element=([deb]=deb [npm]=tar) ending=([deb]=deb [npm]=tgz)

count=0
while read -r kind package file; do
	name=${package//[@\/]/_}
	mkdir "$name" && cd "$name"
	want 0 fetch "$kind" "$package"
	in=in.${ending[$kind]} out_file=out.${ending[$kind]}
	configuration "${element[$kind]}" "$file" > one.yaml
	want 0 "$TAGSEAL" sign --certificate ../release.pem --key 'pkcs11:token=test;object=release' --configuration one.yaml -o "$out_file" "$in"
	says "$file"
	unpack "$kind" "$out_file" new && unpack "$kind" "$in" old
	osslsigncode_verify 0 ../ca.pem "new/$file" Succeeded
	# But for that file, and the sums of it, nothing is another.
	want 1 diff -rq --no-dereference old new
	want_same "Files old/$file and new/$file differ" "$out" "$package: differs"
	if [[ $kind == deb ]]; then
		want 0 dpkg-deb -I "$out_file"
		member=$(ar t "$in" | grep '^data') control=$(ar t "$in" | grep '^control')
		sums=() && ! dpkg-deb -I "$in" md5sums > /dev/null 2>&1 || sums=("$control!/md5sums")
		want 0 python3 "$entries" same "$in" "$out_file" "$member!/$file" "${sums[@]}"
		[[ ${#sums[@]} -eq 0 ]] || { dpkg-deb -e "$out_file" control && want 0 env -C new md5sum -c --quiet --strict ../control/md5sums; }
	else
		want 0 python3 "$entries" same "$in" "$out_file" "$file"
		want 0 npm pack --dry-run --json "./$out_file"
		want 0 jq -e --arg f "${file#package/}" '.[0].files | any(.path == $f)' <<< "$out"
		want 0 tar -tvzf "$out_file"
	fi
	count=$((count + 1))
	cd ..
done < list
want_same 10 "$count" packages
