#!/usr/bin/env bash
# zip - archives of many programs are read, rebuilt byte for byte, and rebuilt
# with changes that unzip, Python, jar and 7z agree with; hostile ones are
# refused with their code.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
. "$SOURCE/tests/containers/container.sh"
archives=$SOURCE/tests/containers/archives.py
unset UNZIP ZIPOPT

mkdir good bad tree tree/sub
seq 1 3000 > tree/numbers.txt
head -c 5000 /dev/urandom > tree/sub/random.bin
printf 'x' > tree/sub/UPPER.Txt
: > tree/empty
seq 5 4000 > new
printf 'signature' > sig.p7s

python3 "$archives" good good
(cd tree && zip -qr ../good/info-zip.zip . && zip -q0 ../good/stored.zip \
    numbers.txt empty && cat numbers.txt | zip -q ../good/stdin.zip - &&
    zip -q -X -fz ../good/forced-wide.zip numbers.txt sub/random.bin &&
    jar cf ../good/java.zip numbers.txt sub && jar cfM0 ../good/java0.zip sub &&
    7z a -bd -tzip ../good/seven.zip . > /dev/null)
zipalign -f -p 4 good/java0.zip good/aligned.zip
zipalign -f 4 good/stored.zip good/aligned4.zip
printf 'z' | zip -qz good/info-zip.zip > /dev/null

# ---- good archives: read, and given back as they were
count=0
for file in good/*.zip; do
	want 0 "$container" list "$file"
	listed=$(wc -l <<< "$out")
	[[ $file == good/none.zip ]] || { [[ $listed -eq $(unzip -Z1 "$file" |
	    wc -l) ]] && pass || fail "$file: $listed entries"; }
	[[ $file == good/inner.zip ]] || want 0 "$container" test "$file"
	given_back "$file"
	count=$((count + 1))
done
[[ $count -ge 20 ]] && pass || fail "only $count archives"

# ---- each file in turn replaced, and a new one added
# judge BEFORE AFTER: each program says the same of both.
judge()
{
	local tool code
	for tool in 'unzip -tqq' 'python3 -m zipfile -t' '7z t -bd' 'jar tf'; do
		code=0
		$tool "$1" > /dev/null 2>&1 || code=$?
		want $code $tool "$2"
	done
}
for file in good/*.zip; do
	[[ $file != good/none.zip ]] || continue
	while read -r index _ name; do
		[[ $name != */ ]] || continue
		[[ $file != good/inner.zip || $name != x ]] || continue
		want 0 "$container" rebuild "$file" changed.zip "$index=new" \
		    "+sub/$index.p7s=sig.p7s"
		replaced ZIP-CHANGED "$file" changed.zip "$index" new
		want 0 python3 "$archives" same "$file" changed.zip "$index"
	done < <("$container" list "$file" | head -3)
	judge "$file" changed.zip
done
want 0 "$container" rebuild good/none.zip one.zip +one=sig.p7s
judge good/plain.zip one.zip

# ---- data that was aligned stays aligned
want 0 zipalign -c -p 4 good/aligned.zip
want 0 "$container" rebuild good/aligned.zip changed.zip 1=new
last=$("$container" list good/aligned4.zip | tail -1 | cut -d' ' -f1)
want 0 "$container" rebuild good/aligned4.zip changed.zip "$last=new"
want 0 zipalign -c 4 changed.zip
want 0 "$container" kept good/aligned4.zip changed.zip "$last"

# ---- names of new entries
refuses ZIP-NAME-TWICE 2 "$container" rebuild good/plain.zip x.zip +LIB/A.dll=new
refuses ZIP-NAME-TWICE 2 "$container" rebuild good/plain.zip x.zip +b.exe/x=new
refuses ZIP-NAME 2 "$container" rebuild good/plain.zip x.zip +../x=new
refuses ZIP-NAME 2 "$container" rebuild good/plain.zip x.zip 0=new
refuses ZIP-METHOD 2 "$container" rebuild good/inner.zip x.zip 1=new

# ---- hostile archives
python3 "$archives" bad bad
hostile bad/*.zip

# ---- every prefix is refused
no_prefix 100 good/wide-end.zip
