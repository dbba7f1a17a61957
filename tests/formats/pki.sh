# pki - sourced: a small public key infrastructure in the folder $pki, made
# with openssl: a CA, code-signing certificates and a timestamp authority.
# What its own key may do besides certificates and lists stands in $ca_usage.

pki_make()
{
	mkdir -p "$pki" && cd "$pki"
	cat > ca.cnf <<-EOF
	[req]
	distinguished_name = dn
	prompt = no
	[dn]
	CN = Tagseal Test CA
	[v3_ca]
	basicConstraints = critical,CA:TRUE
	keyUsage = critical,keyCertSign,cRLSign${ca_usage:+,$ca_usage}
	subjectKeyIdentifier = hash
	[v3_code]
	basicConstraints = critical,CA:FALSE
	keyUsage = critical,digitalSignature
	extendedKeyUsage = codeSigning
	[v3_tsa]
	basicConstraints = critical,CA:FALSE
	keyUsage = critical,digitalSignature,nonRepudiation
	extendedKeyUsage = critical,timeStamping
	[tsa1]
	serial = $pki/tsaserial
	signer_cert = $pki/tsa.pem
	certs = $pki/ca.pem
	signer_key = $pki/tsa.key
	signer_digest = sha256
	default_policy = 1.2.3.4.1
	digests = sha256,sha384,sha512
	accuracy = secs:1
	tsa_name = yes
	ess_cert_id_chain = no
	ess_cert_id_alg = sha256
	crypto_device = builtin
	EOF
	echo 01 > tsaserial
	openssl req -x509 -newkey rsa:3072 -nodes -keyout ca.key -out ca.pem \
	    -days 3650 -config ca.cnf -extensions v3_ca 2> log
	pki_issue code rsa:3072 v3_code
	pki_issue tsa rsa:3072 v3_tsa
	pki_issue ec ec:P-384 v3_code
	cat ca.pem >> code.pem
	cd - > /dev/null
}

# pki_issue NAME KEY EXTENSIONS
pki_issue()
{
	local key=(-newkey "$2")
	[[ $2 != ec:* ]] || key=(-newkey ec -pkeyopt "ec_paramgen_curve:${2#ec:}")
	openssl req -new "${key[@]}" -nodes -keyout "$1.key" -out "$1.csr" \
	    -subj "/O=Acme/CN=Acme $1" 2>> log
	openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key \
	    -CAcreateserial -extfile ca.cnf -extensions "$3" -days 365 \
	    -out "$1.pem" 2>> log
}
