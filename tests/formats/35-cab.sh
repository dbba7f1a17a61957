#!/usr/bin/env bash
# cab - what we sign, osslsigncode takes; what it signs, we take; where it
# knows no better, a script hashes again. Each flipped byte is found.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=pki.sh
. "$SOURCE/tests/formats/pki.sh"
# shellcheck source=../osslsigncode.sh
. "$SOURCE/tests/osslsigncode.sh"
signfile=$BUILD/tests/signfile pki=$WORLD/pki
pki_make
cabs() { python3 "$SOURCE/tests/formats/cabs.py" "$@"; }
sign() { "$signfile" sign "$@"; }
plain() { sign "$pki/code.pem" "$pki/code.key" "$@"; }
check() { "$signfile" check "$pki/ca.pem" "$@"; }
# theirs IN OUT [OPTION…]
theirs()
{
	rm -f "$2"
	osslsigncode sign -certs "$pki/code.pem" -key "$pki/code.key" \
	    -h sha256 -in "$1" -out "$2" "${@:3}" > /dev/null
}

seq 1 9000 > numbers.txt
printf 'a little text\n' > little.txt
: > empty.txt
gcab -cz mszip.cab numbers.txt little.txt
gcab -c stored.cab numbers.txt empty.txt
gcab -c empty.cab empty.txt
mkdir made
python3 "$SOURCE/tests/containers/cabinets.py" good .
cabs make made

# ---- ours, judged by theirs, by readers of cabinets and by another digest
for file in mszip stored empty lzx folders made/tiny; do
	want 0 sign -authority "$pki/ca.cnf" -description 'Acmé App' \
	    -url https://acme.example "$pki/code.pem" "$pki/code.key" \
	    "$file.cab" signed.cab
	osslsigncode_verify 0 "$pki/ca.pem" signed.cab Succeeded \
	    'Number of verified signatures: 1' \
	    'Timestamp Server Signature verification: ok' \
	    'Text description: Acmé App' '!MISMATCH'
	want 0 check signed.cab
	says "good sha256 $(cabs digest signed.cab)"
	says 'timestamp=yes'
	want 0 cabextract -qt signed.cab
	want 0 gcab -t signed.cab
	want 0 "$signfile" same "$file.cab" signed.cab
	# strip gives back the very bytes, and signing again is signing once.
	want 0 "$signfile" strip signed.cab bare.cab
	same bare.cab "$file.cab"
	want 0 plain signed.cab again.cab
	want 0 plain "$file.cab" once.cab
	same again.cab once.cab
	want 3 "$signfile" strip "$file.cab" bare.cab
	same bare.cab "$file.cab"
	want 3 check bare.cab
	# theirs
	theirs "$file.cab" theirs.cab
	want 0 check theirs.cab
	says "good sha256 $(cabs digest theirs.cab)"
	want 0 "$signfile" same "$file.cab" theirs.cab
	want 0 "$signfile" strip theirs.cab bare.cab
	same bare.cab "$file.cab"
	osslsigncode remove-signature -in signed.cab -out removed.cab > /dev/null
	want 0 "$signfile" same "$file.cab" removed.cab
	want 3 check removed.cab
	rm removed.cab
done
want 0 7z x -y -o7z signed.cab
same 7z/a.txt <(printf 'text of a cabinet\r\n')

# ---- reserves that are there: osslsigncode knows only those that it makes
for file in made/free-{0,4,20,6144} made/place made/folders kept-free \
    reserve--D reserve-F- signed-alone signed-large made/number records \
    made/nothing sum-of-data; do
	want 0 plain "$file.cab" signed.cab
	want 0 check signed.cab
	says "good sha256 $(cabs digest signed.cab)"
	want 0 "$signfile" same "$file.cab" signed.cab
	want 0 "$signfile" strip signed.cab bare.cab
	want 0 "$signfile" same "$file.cab" bare.cab
	want 3 check bare.cab
	want 0 plain bare.cab again.cab
	want 0 check again.cab
done
for file in made/free-{0,4,20} made/place kept-free signed-alone; do
	want 0 plain "$file.cab" signed.cab
	osslsigncode_verify 0 "$pki/ca.pem" signed.cab Succeeded
done
want 0 plain made/free-6144.cab signed.cab
want 0 cabs room signed.cab
says 6144
want 0 "$signfile" strip signed.cab bare.cab
same bare.cab made/free-6144.cab
want 0 plain made/free-4.cab signed.cab
want 0 cabs room signed.cab
says 20
want 0 cabextract -qt signed.cab

# ---- elliptic curves, other digests; a second signature, a timestamp later
for digest in sha384 sha512; do
	want 0 sign -digest $digest -authority "$pki/ca.cnf" "$pki/ec.pem" \
	    "$pki/ec.key" mszip.cab ec.cab
	osslsigncode_verify 0 "$pki/ca.pem" ec.cab Succeeded
	want 0 check ec.cab
	says "good $digest"
done
want 0 plain mszip.cab one.cab
want 0 sign -append -digest sha384 "$pki/ec.pem" "$pki/ec.key" one.cab two.cab
osslsigncode_verify 0 "$pki/ca.pem" two.cab 'Number of verified signatures: 2'
want 0 check two.cab
says nested=1
want 0 "$signfile" same mszip.cab two.cab
want 0 "$signfile" strip two.cab bare.cab
same bare.cab mszip.cab
want 0 sign -only-stamp -authority "$pki/ca.cnf" "$pki/code.pem" \
    "$pki/code.key" one.cab stamped.cab
osslsigncode_verify 0 "$pki/ca.pem" stamped.cab \
    'Timestamp Server Signature verification: ok'
want 0 check stamped.cab
says timestamp=yes
refuses FORMAT-NOT-SIGNED 2 sign -only-stamp -authority "$pki/ca.cnf" \
    "$pki/code.pem" "$pki/code.key" mszip.cab no.cab

# ---- theirs: nested, with permissions of Java's, by other digests
theirs mszip.cab low.cab -jp low
want 0 check low.cab
says 'good sha256'
osslsigncode sign -nest -certs "$pki/ec.pem" -key "$pki/ec.key" -h sha384 \
    -in low.cab -out nested.cab > /dev/null
want 0 check nested.cab
says nested=1
osslsigncode sign -certs "$pki/ec.pem" -key "$pki/ec.key" -h sha512 \
    -n Acme -i https://acme.example -in mszip.cab -out ec512.cab > /dev/null
want 0 check ec512.cab
says 'good sha512'
says 'description=Acme'

# ---- a stranger's root, changed and cut files
want 0 plain made/tiny.cab tiny.cab
openssl req -x509 -newkey rsa:3072 -nodes -keyout /dev/null -out stranger.pem \
    -days 1 -subj /CN=Stranger 2> /dev/null
want 1 "$signfile" check stranger.pem tiny.cab
cp tiny.cab changed.cab
printf '\x5a' | dd of=changed.cab bs=1 seek=110 conv=notrunc status=none
osslsigncode_verify 1 "$pki/ca.pem" changed.cab
refuses AUTHENTICODE-DIGEST 1 check changed.cab
refuses FORMAT-DIFFERS 1 "$signfile" same made/tiny.cab changed.cab
{ cat tiny.cab; printf tail; } > tail.cab
refuses CAB-TRAILING 2 check tail.cab
head -c -1 tiny.cab > cut.cab
refuses CAB-TRUNCATED 2 check cut.cab
# A signature of another cabinet, in the right place.
want 0 plain made/number.cab other.cab
cabs cut other.cab other.der
cabs cut tiny.cab tiny.der
size=$(stat -c %s tiny.cab)
{ head -c $((size - $(stat -c %s tiny.der))) tiny.cab; cat other.der; } > moved.cab
want 0 test "$(stat -c %s moved.cab)" = "$size"
refuses AUTHENTICODE-DIGEST 1 check moved.cab

# ---- every byte of a signed file, flipped one at a time
for file in made/tiny made/free-20 made/folders; do
	want 0 sign "$pki/ec.pem" "$pki/ec.key" "$file.cab" flip.cab
	want 0 "$signfile" flip "$pki/ca.pem" "$file.cab" flip.cab
	if [[ -z $out ]]; then pass; else fail "$file: $out"; fi
done

# ---- what cannot carry a signature
for file in previous next; do refuses CAB-VOLUMES 2 plain made/$file.cab no.cab; done
for file in used-8 used-20 used-30 structure sum; do
	refuses CAB-RESERVE 2 plain made/$file.cab no.cab
	want 3 check made/$file.cab
done
refuses CAB-HEADER 2 plain made/flag.cab no.cab
refuses CAB-LAYOUT 2 plain made/no-blocks.cab no.cab
want 1 test -e no.cab
