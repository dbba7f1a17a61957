#!/usr/bin/env bash
# zip readers - archives that programs read differently are refused, and of
# each that is taken all programs see the same files: unzip, Python, Java and
# bsdtar by the directory, Java and bsdtar from front to back as well.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
container=$BUILD/tests/container folder=$SOURCE/tests/containers
readers() { PYTHONDONTWRITEBYTECODE=1 python3 "$folder/readers.py" "$@"; }

mkdir zips classes
readers make zips
javac -d classes "$folder/Readers.java"
readers see zips/*.zip
java -cp classes Readers zips/*.zip
declare -A views
while IFS=$'\t' read -r file view; do views[$file]=$view; done < <(readers judge zips/*.zip)
taken=0 refused=0 differ=0 all=0
for file in zips/*.zip; do
	name=${file#zips/}
	view=${views[$file]}
	[[ $view != differ:* ]] || differ=$((differ + 1))
	if [[ $name == GOOD.* ]]; then
		want 0 "$container" test "$file"
		want 0 "$container" list "$file"
		# Each of those who read by the directory must have taken it.
		for reader in python unzip bsdtar-file java-file; do
			if [[ $view == "agree:"*" $reader"* ]]; then pass; else fail "$name: $view"; fi
		done
		all=$((all + ($(wc -w <<< "$view") == 7)))
		taken=$((taken + 1))
	else
		refuses "${name%%.*}" 2 "$container" test "$file"
		refused=$((refused + 1))
	fi
done
if [[ $taken -ge 20 && $refused -ge 130 ]]; then pass; else fail "$taken taken, $refused refused"; fi
# Most good ones are read by all six. The others do what they are meant to do:
# many are read in two ways.
if [[ $all -ge 17 ]]; then pass; else fail "only $all are read by all"; fi
if [[ $differ -ge 50 ]]; then pass; else fail "only $differ differ"; fi
for name in GAP.hidden-hidden-behind-pk GAP.hidden-two-archives DESCRIPTOR.hidden-stored-early \
    DATA.hidden-deflated-early DESCRIPTOR.descriptor-wide-empty TWO-ENDS.hidden-in-comment END.hidden-wide-other; do
	out=${views[zips/ZIP-$name.zip]}
	says 'differ:'
done

# What is refused there is refused where nobody looks into the entry, too.
for name in DESCRIPTOR.hidden-stored-early DATA.hidden-deflated-early LINK.link-up GAP.hidden-hidden-behind-stub; do
	refuses "ZIP-${name%%.*}" 2 "$container" list "zips/ZIP-$name.zip"
done

# ---- an archive in itself, and too much of everything: told fast, and little
# memory is used for it
unzip -p zips/GOOD.quine.zip > inner.zip
same zips/GOOD.quine.zip inner.zip
readers large .
# costs CODE TEXT FILE: within 10 s and 300 MiB.
costs() {
	local exit took memory
	out=$(readers cost "$TAGSEAL" inspect "$3")
	read -r exit took memory <<< "$out"
	says "error $1: "
	says "$2"
	if [[ $exit -eq 2 && $took -le 10 && $memory -le 300 ]]; then pass; else fail "$3: exit $exit, $took s, $memory MiB"; fi
	printf '%s: %s s, %s MiB\n' "$3" "$took" "$memory"
}
costs LIMIT-ENTRIES 'there are 1000000 entries, at most 200000 are allowed' million.zip
costs ZIP-DIRECTORY 'bytes more than its 65534 records' million-lying.zip
costs LIMIT-DEPTH 'nested 9 deep, at most 8 are allowed' deep.zip
costs LIMIT-DEPTH 'nested 9 deep, at most 8 are allowed' zips/GOOD.quine.zip
costs LIMIT-RATIO 'more than 200 times as many' bombs.zip
