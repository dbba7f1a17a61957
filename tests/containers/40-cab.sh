#!/usr/bin/env bash
# cab - cabinets of gcab and of our own making are read, rebuilt byte for byte,
# and rebuilt with changes that cabextract, 7z, bsdtar and gcab agree with;
# hostile ones are refused with their code. osslsigncode signs what is rebuilt.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
. "$SOURCE/tests/containers/container.sh"
cabinets=$SOURCE/tests/containers/cabinets.py

mkdir good bad tree tree/sub
seq 1 30000 > tree/numbers.txt
head -c 70000 /dev/urandom > tree/sub/random.bin
printf 'x' > tree/sub/UPPER.Txt
: > tree/empty
printf 'text' > tree/sub/$'\u00fc.txt'
seq 5 9000 > new
printf 'signature' > sig.p7s
: > none

python3 "$cabinets" good good
(cd tree && find . -type f -printf '%P\n' | sort > ../names &&
    gcab -c ../good/gcab.cab $(cat ../names) &&
    gcab -cz ../good/gcab-zip.cab $(cat ../names) &&
    gcab -cz ../good/gcab-one.cab numbers.txt && gcab -c ../good/gcab-none.cab empty)

# ---- good cabinets: read as others read them, and given back as they were
# unpack FILE: by a program of others, into the folder out.
unpack() {
	rm -rf out && mkdir out
	cabextract -q -d out "$1" > /dev/null 2>&1 ||
	    7z x -y -bd -oout "$1" > /dev/null
}
count=0
for file in good/*.cab; do
	want 0 "$container" test "$file"
	unpack "$file"
	want 0 test "$("$container" list "$file" 2> /dev/null | wc -l)" -eq \
	    "$(find out -type f | wc -l)"
	while read -r index size name; do
		"$container" cat "$file" "$index" > got
		want 0 test "$size" -eq "$(stat -c %s got)"
		same got "out/$name"
	done < <("$container" list "$file" 2> /dev/null)
	given_back "$file"
	count=$((count + 1))
done
[[ $count -ge 26 ]] && pass || fail "only $count cabinets"

# ---- each file in turn replaced, and a new one added
# judge BEFORE AFTER: a program that takes the one takes the other. But
# libarchive takes no folder without blocks if there are others, and gcab no
# block without a checksum, which is good by [MS-CAB].
judged=0
judge() {
	local tool
	rm -rf x && mkdir x
	for tool in 'cabextract -tq' '7z t -bd' 'bsdtar -xCx -f' 'gcab -t' \
	    'gcab -xC x'; do
		[[ $with != none || $tool != bsdtar* ]] || continue
		[[ $1 != */sum-of-data.cab || $tool != *-xC* ]] || continue
		$tool "$1" > /dev/null 2>&1 || continue
		want 0 $tool "$2"
		judged=$((judged + 1))
	done
}
for file in good/*.cab; do
	while read -r index _ name; do
		with=new
		[[ $index -ne 2 ]] || with=none
		want 0 "$container" rebuild "$file" changed.cab "$index=$with" \
		    "+sub/$index.p7s=sig.p7s" "+$name-${name%.*}"$'\u00e4=none'
		want 0 "$container" rebuild "$file" again.cab "$index=$with" \
		    "+sub/$index.p7s=sig.p7s" "+$name-${name%.*}"$'\u00e4=none'
		same changed.cab again.cab
		replaced CAB-CHANGED "$file" changed.cab "$index" "$with"
		want 0 python3 "$cabinets" same "$file" changed.cab "$index"
		unpack changed.cab
		same "out/$name" $with
		same "out/sub/$index.p7s" sig.p7s
		while read -r other _ path; do
			[[ $other -ne $index ]] || continue
			"$container" cat "$file" "$other" > got
			same got "out/$path"
		done < <("$container" list "$file" 2> /dev/null)
		judge "$file" changed.cab
	done < <("$container" list "$file" 2> /dev/null | head -4)
done
want 0 test "$judged" -gt 200

with=new

# ---- a large file: only its own folder is packed again, once
head -c 9000000 /dev/urandom > tree/large
(cd tree && gcab -cz ../large.cab large numbers.txt)
want 0 "$container" rebuild large.cab changed.cab 1=new
want 0 "$container" kept large.cab changed.cab 1
judge large.cab changed.cab
unpack changed.cab
same out/large tree/large

# ---- LZX becomes MSZIP, and is said to
want 0 "$container" list good/lzx.cab
says 'note: folders that are packed by LZX are packed again by MSZIP'
want 0 "$container" list good/mszip.cab
says_not note:

# ---- Quantum is left alone
python3 "$cabinets" bad bad
want 0 "$container" list bad/CAB-METHOD.quantum.cab
want 0 "$container" rebuild bad/CAB-METHOD.quantum.cab changed.cab +new=new
want 0 "$container" kept bad/CAB-METHOD.quantum.cab changed.cab
"$container" cat changed.cab 1 > got
same got new
refuses CAB-METHOD 2 "$container" rebuild bad/CAB-METHOD.quantum.cab x.cab 0=new

# ---- a signature goes, and a new one is good
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 30 \
    -subj /CN=Test -addext extendedKeyUsage=codeSigning 2> /dev/null
sign() { osslsigncode sign -h sha256 -certs cert.pem -key key.pem -in "$1" -out "$2"; }
for name in gcab gcab-zip plain lzx folders; do
	rm -f signed.cab changed.cab again.cab resigned.cab
	want 0 sign "good/$name.cab" signed.cab
	want 0 "$container" list signed.cab
	says 'note: the signature of the cabinet is taken out'
	given_back signed.cab
	want 0 "$container" rebuild signed.cab changed.cab 0=new +a.p7s=sig.p7s
	want 0 "$container" rebuild "good/$name.cab" again.cab 0=new +a.p7s=sig.p7s
	same changed.cab again.cab
	want 0 "$container" kept signed.cab changed.cab 0
	want 0 python3 "$cabinets" same signed.cab changed.cab 0
	judge signed.cab changed.cab
	want 1 osslsigncode verify -CAfile cert.pem -in changed.cab
	want 0 sign changed.cab resigned.cab
	want 0 osslsigncode verify -CAfile cert.pem -in resigned.cab
	want 0 "$container" test resigned.cab
	# What a new signature is worth, its format judges; it has its place
	# in the header, and nothing besides it.
	want 0 "$container" kept signed.cab resigned.cab 0
	printf x | dd of=resigned.cab bs=1 seek=55 conv=notrunc status=none
	refuses CAB-CHANGED 2 "$container" kept signed.cab resigned.cab 0
	head -c -1 signed.cab > cut.cab
	refuses CAB-TRUNCATED 2 "$container" list cut.cab
done

# ---- names of new entries
for name in ../x /x 'a\b' c: x/ "$(printf 'n%.0s' {1..256})"; do
	refuses CAB-NAME 2 "$container" rebuild good/none.cab x.cab "+$name=new"
done
want 0 "$container" rebuild good/none.cab x.cab "+$(printf 'n%.0s' {1..255})=new"
judge good/none.cab x.cab
refuses CAB-NAME-TWICE 2 "$container" rebuild good/none.cab x.cab +LIB/B.dll=new
refuses CAB-NAME-TWICE 2 "$container" rebuild good/none.cab x.cab +a.txt/x=new
refuses CAB-NAME-TWICE 2 "$container" rebuild good/none.cab x.cab +x=new +X=new
want 0 "$container" rebuild good/slashes.cab changed.cab +x/new=new
judge good/slashes.cab changed.cab
python3 "$cabinets" full full.cab
want 0 "$container" list full.cab
refuses CAB-LIMIT 2 "$container" rebuild full.cab x.cab +new=new

# ---- hostile cabinets
hostile bad/*.cab

# ---- every prefix is refused
no_prefix 100 good/{reserveHFD,signed-alone,gcab-none}.cab
