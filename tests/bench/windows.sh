#!/usr/bin/env bash
# windows.sh FOLDER: makes the Windows files that are measured, once: DLLs of
# three sizes, and an installer, a cabinet and a package of 50 MB each. What is
# in them does not compress.
set -euo pipefail
SOURCE=$(cd "$(dirname "$0")/../.." && pwd)
cd "$1"

[[ -e part.dll ]] || x86_64-w64-mingw32-gcc -O2 -s -shared -o part.dll "$SOURCE/tests/bench/part.c"

# noise BYTES: the same bytes each time.
noise() { openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2> /dev/null | head -c "$1" || true; }

# program BYTES: a DLL with as much data behind it as is missing.
program() { cat part.dll && noise $(($1 - $(stat -c %s part.dll))); }

# made NAME COMMAND…: NAME is there in full or not at all.
made() {
	local name=$1; shift
	[[ -e $name ]] || { "$@" && mv "part-$name" "$name"; }
}

dll() { program "$1" > "part-$2"; }
installer() {
	cat > installer.wxs <<-'WXS'
	<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
	<Product Id="*" Name="Acme App" Language="1033" Version="1.0.0" Manufacturer="Acme" UpgradeCode="8f2d3a52-94f4-4e60-8d2c-2b6f2c8a8a11">
	<Package InstallerVersion="200" Compressed="yes"/>
	<Media Id="1" Cabinet="app.cab" EmbedCab="yes"/>
	<Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFilesFolder"><Directory Id="D" Name="Acme">
	<Component Id="C" Guid="b7d1e0a4-5a0f-4f0e-9a58-7c1f3c1f0c01"><File Id="F" Name="data.bin" Source="data.bin" KeyPath="yes"/></Component>
	</Directory></Directory></Directory>
	<Feature Id="A" Level="1"><ComponentRef Id="C"/></Feature>
	</Product></Wix>
	WXS
	wixl -o part-installer.msi installer.wxs
}
cabinet() { gcab -c part-files.cab data.bin; }
package() {
	python3 "$SOURCE/tests/formats/appx.py" make part-app.msix file=data.bin publisher='CN=Test release, O=Test'
}

made small.dll dll $((100 << 10)) small.dll
made medium.dll dll $((10 << 20)) medium.dll
made large.dll dll $((500 << 20)) large.dll
[[ -e data.bin ]] || { noise $((50 << 20)) > part-data.bin && mv part-data.bin data.bin; }
made installer.msi installer
made files.cab cabinet
made app.msix package
