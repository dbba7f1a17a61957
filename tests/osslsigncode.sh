# osslsigncode - sourced after lib.sh: judges of Authenticode nobody here wrote.
#
# The installed osslsigncode, and the one of Debian 12's main archive, which
# tests/install unpacks below build/tools. Set OSSLSIGNCODE to a list of
# programs to choose others. Each judges every file: they do not agree on all.
# shellcheck shell=bash

osslsigncode_version() { "$1" --version | sed -n '1s/^osslsigncode \([0-9.]*\).*/\1/p'; }

# osslsigncode_list: one program for each version, the installed one first.
osslsigncode_list() {
	local program version seen=
	for program in osslsigncode \
	    "$SOURCE"/build/tools/osslsigncode-*/usr/bin/osslsigncode; do
		version=$(osslsigncode_version "$program" 2> /dev/null) || continue
		[[ " $seen " == *" $version "* ]] || echo "$program"
		seen+=" $version"
	done
}
OSSLSIGNCODE=${OSSLSIGNCODE:-$(osslsigncode_list | paste -sd ' ')}
osslsigncode_count=$(wc -w <<< "$OSSLSIGNCODE")
for program in $OSSLSIGNCODE; do
	echo "judge: osslsigncode $(osslsigncode_version "$program")"
done
[[ $osslsigncode_count -gt 1 ]] || echo "judge: only one version of osslsigncode is here"

# osslsigncode_verify EXIT ROOTS FILE [TEXT…]: each version exits with EXIT and
# says each text; a text with ! before it is not said. Newer ones ask the
# network for revocation lists unless told otherwise.
osslsigncode_verify() {
	local program text code=$1 roots=$2 file=$3 offline=()
	shift 3
	for program in $OSSLSIGNCODE; do
		offline=()
		[[ $(osslsigncode_version "$program") == 2.[0-5] ]] ||
		    offline=(-ignore-cdp -ignore-crl)
		want "$code" "$program" verify "${offline[@]}" \
		    -CAfile "$roots" -TSA-CAfile "$roots" -in "$file"
		for text in "$@"; do
			if [[ $text == !* ]]; then says_not "${text#!}"
			else says "$text"; fi
		done
	done
}
