#!/usr/bin/env bash
# deb - packages of dpkg-deb with each packing, and real ones, are read,
# rebuilt byte for byte, and rebuilt with changes that dpkg-deb, ar, tar and
# md5sum agree with; hostile ones are refused with their code.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
. "$SOURCE/tests/containers/container.sh"
tars=$SOURCE/tests/containers/tars.py
debs=$SOURCE/tests/containers/debs.py
export PYTHONDONTWRITEBYTECODE=1
unset TAR_OPTIONS GZIP XZ_OPT XZ_DEFAULTS

mkdir -p good bad facts pkg/DEBIAN pkg/usr/{bin,lib,share/acme} pkg/etc
cat > pkg/DEBIAN/control <<'END'
Package: acme
Version: 1.2-3
Architecture: amd64
Maintainer: Acme <acme@example.org>
Description: a package
 of many files
END
echo /etc/acme.conf > pkg/DEBIAN/conffiles
seq 1 3000 > pkg/usr/bin/acme
head -c 5001 /dev/urandom > pkg/usr/lib/libacme.so.1
ln -s libacme.so.1 pkg/usr/lib/libacme.so
ln pkg/usr/lib/libacme.so.1 pkg/usr/lib/twin
ln -s /etc/acme.conf pkg/usr/share/acme/conf
: > pkg/usr/share/acme/empty
echo 'colour = red' > pkg/etc/acme.conf
(cd pkg && find usr -type f -printf '%P\0' | sort -z |
    sed -z 's|^|usr/|' | xargs -0 md5sum > DEBIAN/md5sums)
seq 5 4000 > new
printf 'signature' > sig.p7s

python3 "$debs" good good
for kind in none gzip xz zstd; do
	dpkg-deb --root-owner-group -Z$kind -b pkg good/dpkg-$kind.deb \
	    > /dev/null
	dpkg-deb --root-owner-group -Z$kind --no-uniform-compression -b pkg \
	    good/dpkg-mixed-$kind.deb > /dev/null
done
dpkg-deb --root-owner-group -Zgzip -z1 -b pkg good/dpkg-gzip-1.deb > /dev/null
cp good/dpkg-xz.deb good/signed-xz.deb
printf 'sig' > _gpgorigin && ar q good/signed-xz.deb _gpgorigin
(cd good && apt-get download -qq hello > /dev/null 2>&1) || true

# inside FILE MEMBER: one of the two tar archives, as ar gives it.
inside() { ar p "$1" "$(ar t "$1" | grep "^$2\.tar")"; }

# judge FILE: dpkg-deb, ar and md5sum find no fault with it.
judge()
{
	want 0 dpkg-deb -I "$1"
	want 0 dpkg-deb -c "$1"
	rm -rf out && mkdir out
	want 0 dpkg-deb -R "$1" out
	dpkg-deb --fsys-tarfile "$1" > fsys.tar
	want 0 tar -tvf fsys.tar
	want 0 bsdtar -tvf "$1"
	[[ ! -s out/DEBIAN/md5sums || $1 == *other-sums* ]] ||
	    want 0 bash -c 'cd out && md5sum -c --quiet DEBIAN/md5sums'
}

# ---- good packages: read, and given back as they were
count=0
for file in good/*.deb; do
	want 0 "$container" test "$file"
	listed=$("$container" list "$file" 2> /dev/null | wc -l)
	[[ $listed -eq $(dpkg-deb --fsys-tarfile "$file" | tar -t | wc -l) ]] &&
	    pass || fail "$file: $listed entries"
	given_back "$file"
	count=$((count + 1))
done
[[ $count -ge 21 ]] && pass || fail "only $count packages"

# ---- files replaced in turn, and a new one added
for file in good/*.deb; do
	tried=0
	while read -r index _ name; do
		[[ $name != */ && $name != *@ && $((tried++)) -lt 5 ]] ||
		    continue
		want 0 "$container" rebuild "$file" changed.deb "$index=new" \
		    "+usr/$index.p7s=sig.p7s"
		replaced -CHANGED "$file" changed.deb "$index" new
		want 0 "$container" test changed.deb
		inside "$file" data > before.tar
		inside changed.deb data > after.tar
		want 0 python3 "$tars" same before.tar after.tar "$index"
		cp changed.deb last.deb
	done < <("$container" list "$file" 2> /dev/null)
	cp last.deb "changed-${file##*/}"
	[[ ! -e got ]] || judge "changed-${file##*/}"
done

# ---- what md5sums says afterwards
index=$("$container" list good/dpkg-xz.deb 2> /dev/null |
    sed -n 's/^\([0-9]*\) 5001 .*/\1/p')
want 0 "$container" rebuild good/dpkg-xz.deb changed.deb "$index=new" \
    +usr/new.p7s=sig.p7s
judge changed.deb
want 0 diff -r out/usr/bin pkg/usr/bin
same out/usr/lib/libacme.so.1 new
same out/usr/lib/twin new
same out/usr/new.p7s sig.p7s
sed -i "s/^[0-9a-f]* \( usr\/lib\/[lt]\)/$(md5sum < new | cut -c1-32) \1/" \
    pkg/DEBIAN/md5sums
echo "$(md5sum < sig.p7s | cut -c1-32)  usr/new.p7s" >> pkg/DEBIAN/md5sums
same out/DEBIAN/md5sums pkg/DEBIAN/md5sums
same out/DEBIAN/control pkg/DEBIAN/control
[[ $(ar t changed.deb) == "$(ar t good/dpkg-xz.deb)" ]] && pass || fail 'members'
headers() { ar tv "$1" | awk '{ $3 = ""; print }'; }
[[ $(headers changed.deb) == "$(headers good/dpkg-xz.deb)" ]] && pass ||
    fail 'headers'

# A file that its owner may edit has no line, and gets none.
index=$("$container" list good/dpkg-xz.deb 2> /dev/null |
    sed -n 's/^\([0-9]*\) [0-9]* etc\/acme.conf$/\1/p')
want 0 "$container" rebuild good/dpkg-xz.deb changed.deb "$index=new"
want 0 "$container" kept good/dpkg-xz.deb changed.deb "$index"
dpkg-deb -I changed.deb md5sums > after.sums
dpkg-deb -I good/dpkg-xz.deb md5sums > before.sums
same before.sums after.sums
[[ $(dpkg-deb -I changed-no-sums.deb) != *md5sums* ]] && pass ||
    fail 'md5sums is new'
python3 "$debs" bad bad
refuses DEB-SUM 2 "$container" rebuild bad/DEB-SUM.wrong.deb x.deb 1=new

# ---- signatures over the members go, and the notes say so
for file in signed-xz signed; do
	want 0 "$container" list good/$file.deb
	says 'note: the signature _gpgorigin goes'
	[[ $(ar t changed-$file.deb) != *_gpg* ]] && pass ||
	    fail "$file: a signature is left"
done
[[ $(ar p changed-signed.deb _other) == kept ]] && pass || fail '_other'

# ---- what no change accounts for
index=$("$container" list good/plain.deb | sed -n 's/^\([0-9]*\) .*a$/\1/p')
spoil() { cp changed.deb spoilt.deb && sed -i "$1" spoilt.deb; }
want 0 "$container" rebuild good/odd.deb changed.deb "$index=new"
spoil 's/_odd /_add /'
refuses DEB-CHANGED 2 "$container" kept good/odd.deb spoilt.deb "$index"
spoil 's/1700000000  0     0     100644  4 /1700000001  0     0     100644  4 /'
refuses DEB-CHANGED 2 "$container" kept good/odd.deb spoilt.deb "$index"
spoil "s/^control.tar     17/control.tar     18/"
refuses DEB-CHANGED 2 "$container" kept good/odd.deb spoilt.deb "$index"
spoil "s/$(md5sum < new | cut -c1-32)/$(md5sum < sig.p7s | cut -c1-32)/"
refuses DEB-CHANGED 2 "$container" kept good/odd.deb spoilt.deb "$index"
spoil 's/^Version: 1.2-3/Version: 1.2-4/'
refuses TAR-CHANGED 2 "$container" kept good/odd.deb spoilt.deb "$index"
spoil 's/second/SECOND/'
refuses TAR-CHANGED 2 "$container" kept good/odd.deb spoilt.deb "$index"
want 0 "$container" rebuild good/plain.deb changed.deb "$index=new"
refuses DEB-CHANGED 2 "$container" kept good/signed.deb changed.deb "$index"
refuses DEB-CHANGED 2 "$container" kept good/plain.deb good/no-sums.deb
refuses DEB-CHANGED 2 "$container" kept good/plain.deb good/half-sums.deb

# ---- hostile packages
hostile bad/*.deb

# ---- the file control, by `where`
python3 "$debs" facts facts
cat > where.yaml <<'END'
artifact:
  deb:
    where: {package: acme, version: 1.2-3, architecture: all}
    contents: [{file: {path: usr/a}}]
    other-files: keep
END
for file in facts/*.deb; do
	code=${file#facts/}
	if [[ $code == good.* ]]; then
		want 0 "$TAGSEAL" plan --configuration where.yaml "$file"
	else
		refuses "${code%%.*}" 2 "$TAGSEAL" plan \
		    --configuration where.yaml "$file"
	fi
done
sed -i 's/acme/other/' where.yaml
refuses ARTIFACT-WHERE 1 "$TAGSEAL" plan --configuration where.yaml \
    facts/good.plain.deb

# ---- every prefix is refused
for file in good/{plain,dpkg-xz,signed}.deb; do
	size=$(stat -c %s $file)
	for ((n = 1; n < size; n += size / 60 + 1)); do
		head -c $n $file > cut.deb
		# A package may end behind each of its last members.
		"$container" list cut.deb > /dev/null 2>&1 &&
		    [[ $file != *signed* ]] && fail "$file: $n bytes" || pass
	done
done
