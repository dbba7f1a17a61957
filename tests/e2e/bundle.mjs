// bundle KEY CERTIFICATE STATEMENT: a Sigstore bundle, made and signed by npm's
// own packages; run it in a folder that has them.
import { createSign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(process.cwd() + '/');
const { bundleToJSON } = require('@sigstore/bundle');
const { DSSEBundleBuilder } = require('@sigstore/sign');
const [key, certificate, data] = process.argv.slice(2).map((f) => readFileSync(f));
const signer = { sign: async (bytes) => ({
	key: { $case: 'x509Certificate', certificate: certificate.toString() },
	signature: createSign('sha256').update(bytes).sign(key) }) };
const bundle = await new DSSEBundleBuilder({ signer, witnesses: [] })
	.create({ data, type: 'application/vnd.in-toto+json' });
console.log(JSON.stringify(bundleToJSON(bundle), null, 2));
