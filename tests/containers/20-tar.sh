#!/usr/bin/env bash
# tar - archives of many programs, plain and packed, are read, rebuilt byte for
# byte, and rebuilt with changes that GNU tar, bsdtar, busybox and Python agree
# with; hostile ones are refused with their code.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
. "$SOURCE/tests/containers/container.sh"
tars=$SOURCE/tests/containers/tars.py
unset TAR_OPTIONS GZIP XZ_OPT XZ_DEFAULTS BZIP2 ZSTD_CLEVEL

mkdir -p good bad tree/sub "tree/$(printf 'deep/%.0s' {1..30})"
seq 1 3000 > tree/numbers.txt
head -c 5000 /dev/urandom > tree/sub/random.bin
ln -s sub/random.bin tree/link
ln tree/numbers.txt tree/sub/hard
: > tree/empty
printf 'x' > "tree/$(printf 'deep/%.0s' {1..30})x"
printf 'x' > "tree/$(printf 'n%.0s' {1..150})"
printf 'u' > tree/$'\303\274ml\303\244ut'
seq 5 4000 > new
printf 'signature' > sig.p7s
printf 'x' > sparse && truncate -s 1M sparse && printf 'y' >> sparse

python3 "$tars" good good
for format in v7 oldgnu gnu ustar posix; do
	# v7 has no long names, and ustar none that cannot be split.
	tar --format=$format -cf good/gnu-$format.tar -C tree numbers.txt sub \
	    link empty
	tar --format=$format -b 1 --owner=0 --group=0 \
	    -cf good/gnu-dot-$format.tar -C tree ./sub ./empty
done
for format in oldgnu gnu posix; do
	tar --format=$format -cf good/gnu-long-$format.tar -C tree .
	tar --format=$format -S -cf good/gnu-sparse-$format.tar sparse sig.p7s
done
for version in 0.0 0.1; do
	tar --format=posix --sparse-version=$version -S \
	    -cf good/gnu-sparse-$version.tar sparse sig.p7s
done
tar --format=gnu --xattrs --posix -cf good/gnu-xattrs.tar -C tree sub
for format in pax ustar gnutar; do
	bsdtar --format=$format -cf good/bsd-$format.tar -C tree numbers.txt \
	    sub link $'\303\274ml\303\244ut'
done
bsdtar --format=pax -cf good/bsd-long.tar -C tree .
bsdtar --format=pax -cf good/bsd-sparse.tar sparse sig.p7s
busybox tar cf good/busybox.tar -C tree numbers.txt sub link
git -C "$SOURCE" archive -o "$WORLD/good/git.tar" HEAD schemas LICENSE \
    2> /dev/null || rm -f good/git.tar
mkdir package && printf '{"name": "acme", "version": "1.2.3"}' \
    > package/package.json && cp new package/index.js
(cd package && npm pack --silent --offline > /dev/null)
mv package/acme-1.2.3.tgz good/npm.tar

# ---- packed by each program, with what its header can say
plain=good/gnu-posix.tar
cp $plain note.tar
gzip -c note.tar > good/gzip-name.tar
gzip -9nc note.tar > good/gzip-best.tar
gzip -1nc note.tar > good/gzip-fast.tar
python3 -c 'import gzip, sys
sys.stdout.buffer.write(gzip.compress(sys.stdin.buffer.read(), mtime=77))' \
    < $plain > good/gzip-python.tar
for check in none crc32 crc64 sha256; do
	xz -c -C $check note.tar > good/xz-$check.tar
done
xz -9e -T2 --block-size=16384 -c note.tar > good/xz-blocks.tar
xz --x86 --lzma2=preset=1 -c note.tar > good/xz-x86.tar
zstd -qc note.tar > good/zstd.tar
zstd -qc --no-check < note.tar > good/zstd-bare.tar
zstd -q --ultra -22 --long=27 -c < note.tar > good/zstd-ultra.tar
bzip2 -1c note.tar > good/bzip2-1.tar
bzip2 -c note.tar > good/bzip2-9.tar

# sound FILE: the program that unpacks it finds no fault.
sound()
{
	case $(head -c 4 "$1" | xxd -p) in
	1f8b*) want 0 gzip -t < "$1" ;;
	fd377a58) want 0 xz -qqt < "$1" ;;
	28b52ffd) want 0 zstd -qt < "$1" ;;
	425a68*) want 0 bzip2 -t < "$1" ;;
	esac
}

# judge BEFORE AFTER: each program says the same of both. busybox has no
# sparse files of pax, no zstd, and stops at the end of what it knows.
judge()
{
	local tool code
	sound "$2"
	for tool in 'tar -tvf' 'bsdtar -tvf' 'busybox tar tf'; do
		code=0
		$tool "$1" > /dev/null 2>&1 || code=$?
		want $code $tool "$2"
		says_not 'lone zero block'
	done
}

# ---- good archives: read, and given back as they were
count=0
for file in good/*.tar; do
	want 0 "$container" test "$file"
	want 0 "$container" list "$file"
	listed=$(grep -cv '^note:' <<< "$out" || true)
	[[ $file == */python-none.tar ]] ||
	    { [[ $listed -eq $(tar -tf "$file" 2> /dev/null | wc -l) ]] &&
	    pass || fail "$file: $listed entries"; }
	given_back "$file"
	count=$((count + 1))
done
[[ $count -ge 45 ]] && pass || fail "only $count archives"

# ---- each file in turn replaced, and a new one added
for file in good/*.tar; do
	tried=0
	while read -r index _ name; do
		[[ $name != */ ]] || continue
		if [[ $name == *@ ]]; then
			refuses ENTRY-OPAQUE 2 "$container" cat "$file" "$index"
			refuses ENTRY-OPAQUE 2 "$container" rebuild "$file" \
			    x.tar "$index=new"
			continue
		fi
		[[ $((tried++)) -lt 4 ]] || continue
		want 0 "$container" rebuild "$file" changed.tar "$index=new" \
		    "+sub/$index.p7s=sig.p7s"
		replaced -CHANGED "$file" changed.tar "$index" new
		want 0 python3 "$tars" same "$file" changed.tar "$index"
		last=$("$container" list changed.tar 2> /dev/null | tail -1)
		[[ ${last#* } == "9 sub/$index.p7s" ]] && pass || fail "$last"
		# What our own reader says is what the others unpack.
		tar -xOf changed.tar --wildcards "*sub/$index.p7s" > got
		same got sig.p7s
		bsdtar -xOf changed.tar "*sub/$index.p7s" > got
		same got sig.p7s
	done < <("$container" list "$file" 2> /dev/null)
	[[ $tried -eq 0 ]] || judge "$file" changed.tar
done

# ---- what all programs unpack from a rebuilt archive
want 0 "$container" rebuild good/gnu-long-posix.tar changed.tar \
    "$("$container" list good/gnu-long-posix.tar |
    grep -E '(hard|numbers.txt)$' | cut -d' ' -f1)=new" "+a.p7s=sig.p7s"
for tool in 'tar -xf' 'bsdtar -xf' 'busybox tar xf' \
    'python3 -m tarfile -e'; do
	rm -rf out && mkdir out
	(cd out && $tool ../changed.tar)
	cp -a tree expected && cp new expected/numbers.txt
	cp sig.p7s expected/a.p7s
	# busybox knows no long names of pax.
	[[ $tool == busybox* ]] || want 0 diff -r out expected
	same out/sub/hard new
	same out/numbers.txt new
	rm -rf expected
done

# ---- names of new entries
long=$(printf 'long/%.0s' {1..70})x
for name in "$long" "$(printf 'l%.0s' {1..100})" "$(printf 'l%.0s' {1..101})" \
    "$(printf 'p%.0s' {1..155})/$(printf 'n%.0s' {1..100})" \
    "$(printf 'p%.0s' {1..156})/$(printf 'n%.0s' {1..100})"; do
	for file in good/gnu-{v7,gnu,posix}.tar; do
		want 0 "$container" rebuild $file changed.tar "+$name=sig.p7s"
		want 0 "$container" kept $file changed.tar
		[[ $(tar -tf changed.tar | tail -1) == "$name" ]] && pass ||
		    fail "GNU tar: $name"
		[[ $(bsdtar -tf changed.tar | tail -1) == "$name" ]] && pass ||
		    fail "bsdtar: $name"
		[[ $(python3 -m tarfile -l changed.tar | tail -1) == "$name " ]] &&
		    pass || fail "Python: $name"
	done
done
want 0 "$container" rebuild good/python-none.tar one.tar +one=sig.p7s
want 0 "$container" kept good/python-none.tar one.tar
[[ $(tar -tf one.tar) == one ]] && pass || fail 'one.tar'
want 0 "$container" rebuild good/gnu-dot-gnu.tar one.tar +one=sig.p7s
[[ $(tar -tf one.tar | tail -1) == ./one ]] && pass || fail 'one.tar'
refuses TAR-NAME-TWICE 2 "$container" rebuild $plain x.tar +sub=new
refuses TAR-NAME-TWICE 2 "$container" rebuild $plain x.tar +link/x=new
refuses TAR-NAME 2 "$container" rebuild $plain x.tar +../x=new
refuses TAR-NAME 2 "$container" rebuild $plain x.tar +x/=new

# ---- the same contents give the same bytes; other packing is no kept one
for file in good/{gzip-name,xz-crc64,zstd,bzip2-9}.tar; do
	want 0 "$container" rebuild $file one.tar +one=sig.p7s
	want 0 "$container" rebuild $file two.tar +one=sig.p7s
	same one.tar two.tar
	want 0 "$container" list $file
	says 'packed again'
done
refuses WRAP-CHANGED 2 "$container" kept good/gzip-name.tar good/gzip-best.tar
refuses WRAP-CHANGED 2 "$container" kept $plain good/gzip-best.tar
want 0 "$container" rebuild good/gzip-name.tar one.gz +one=sig.p7s
want 0 gzip -lN one.gz
says note.tar

# ---- hostile archives
python3 "$tars" bad bad
bsdtar --format=v7 -cf bad/TAR-TYPE.bsd-v7.tar -C tree sub
tar -V label -cf bad/TAR-TYPE.label.tar -C tree sub
tar -L 10 -M -cf bad/TAR-TYPE.volume.tar -f x2 -f x3 -C tree sub \
    numbers.txt < /dev/null 2> /dev/null && mv x2 bad/TAR-TYPE.volume2.tar
rm -f bad/TAR-TYPE.volume.tar
tar --format=gnu -cPf bad/TAR-NAME.absolute.tar "$WORLD/new"
cat $plain $plain > bad/TAR-TRAILING.joined.tar
cp $plain bad/TAR-NAME-TWICE.appended.tar
tar -rf bad/TAR-NAME-TWICE.appended.tar -C tree numbers.txt
gzip -c new > bad/TAR-CHECKSUM.packed-text.tar
zstd -q -D new -c note.tar > bad/WRAP-DATA.dictionary.tar
xz --lzma2=preset=0,dict=256MiB -c note.tar > bad/WRAP-MEMORY.xz.tar
head -c 300M /dev/zero | zstd -q -c > bad/LIMIT-RATIO.zstd.tar
head -c 1M /dev/zero | zstd -q --long=30 -c > bad/WRAP-MEMORY.zstd.tar
cat good/zstd.tar good/zstd.tar > bad/WRAP-TRAILING.zstd.tar
hostile bad/*.tar
# Of these, ordinary programs do not even name the same files.
want 0 python3 "$tars" views bad/TAR-HEADER.{prefix-gnu,two-pax,global-at-end}.tar \
    bad/TAR-SIZE.{pax-less,two,odd-bits}.tar bad/TAR-TRAILING.lone-zero.tar \
    bad/TAR-PAX.{global-path,negative,no-newline}.tar

# ---- every prefix is refused
no_prefix 40 good/{size-record,gzip-best,xz-crc64,zstd,bzip2-9}.tar
