#!/usr/bin/env bash
# timestamps.sh FOLDER WORLD URL - rows of measure.py: timestamps in a second,
# of `tagseal tsa` at URL against openssl ts behind the simplest server.
# FOLDER gets the questions; WORLD has ca.pem and ca.key.
set -euo pipefail
folder=$1 world=$2 url=$3
count=100
mkdir -p "$folder"
cd "$folder"
for i in $(seq $count); do
	printf '%s' "$i" | openssl ts -query -sha256 -cert -data /dev/stdin -out "$i.tsq" 2> /dev/null
done
printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n' > extensions
openssl ecparam -name prime256v1 -genkey -noout -out key.pem
openssl req -new -key key.pem -subj '/CN=Their TSA' -out tsa.csr
openssl x509 -req -in tsa.csr -CA "$world/ca.pem" -CAkey "$world/ca.key" -CAcreateserial -days 9 \
    -extfile extensions -out tsa.pem 2> /dev/null
cat > ts.cnf <<END
[tsa]
serial = $folder/tsaserial
signer_cert = $folder/tsa.pem
signer_key = $folder/key.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
END
echo 01 > tsaserial
# One connection, one request after the other: what a single client gets.
{
	for i in $(seq $count); do
		printf 'url = "%s"\ndata-binary = "@%s/%s.tsq"\nheader = "Content-Type: application/timestamp-query"\noutput = "%s.tsr"\n' \
		    "$url" "$folder" "$i" "$i"
		[[ $i == "$count" ]] || echo next
	done
} > requests
jq -n --arg folder "$folder" --argjson count $count '[{id: "tsa",
	name: "\($count) timestamps of a local authority, one after the other", against: "openssl ts -reply for each",
	ours: "curl -sf -K \($folder)/requests",
	theirs: "for i in $(seq \($count)); do openssl ts -reply -config \($folder)/ts.cnf -section tsa -queryfile \($folder)/$i.tsq -out $i.tsr; done"}]'
