/*
 * sign - mechanisms, and batches that are signed in parallel sessions.
 *
 *	kind		mechanism		what the token gets
 *	rsa-pkcs1-*	CKM_RSA_PKCS		DER DigestInfo (RFC 8017 9.2)
 *	rsa-pss-*	CKM_RSA_PKCS_PSS	digest; hash, MGF, salt length
 *	ecdsa-*		CKM_ECDSA		digest; gives r || s
 *	ed25519		CKM_EDDSA		the whole message
 *
 * Tokens differ in which hash they know: the hash is always ours.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/der.h"
#include "keys/pulse.h"

/* PSS names the hash and its mask function (PKCS#11 v2.40, 2.1.10). */
static const struct ck_rsa_pkcs_pss_params pss_parameters[DIGEST_KINDS] = {
	[DIGEST_SHA1]	= { CKM_SHA_1, CKG_MGF1_SHA1, 20 },
	[DIGEST_SHA256]	= { CKM_SHA256, CKG_MGF1_SHA256, 32 },
	[DIGEST_SHA384]	= { CKM_SHA384, CKG_MGF1_SHA384, 48 },
	[DIGEST_SHA512]	= { CKM_SHA512, CKG_MGF1_SHA512, 64 },
};

static const ck_mechanism_type_t plain_mechanisms[] = {
	[KEY_RSA]	= CKM_RSA_PKCS,
	[KEY_EC]	= CKM_ECDSA,
	[KEY_ED25519]	= CKM_EDDSA,
};

static struct ck_mechanism
mechanism_of(const struct signature_row *row)
{
	const struct ck_rsa_pkcs_pss_params *pss = &pss_parameters[row->digest];

	if (!row->pss)
		return (struct ck_mechanism){ plain_mechanisms[row->key],
		    NULL, 0 };
	return (struct ck_mechanism){ CKM_RSA_PKCS_PSS,
	    (void *)(uintptr_t)pss, sizeof(*pss) };
}

/* DigestInfo: SEQUENCE { AlgorithmIdentifier with NULL, OCTET STRING }. */
static void
input_of(const struct to_be_signed *t, struct buf *out)
{
	const struct signature_row *row = &signature_rows[t->kind];

	if (row->whole_message) {
		buf_put(out, t->message);
		return;
	}
	if (row->key != KEY_RSA || row->pss) {
		buf_put(out, digest_span(&t->digest));
		return;
	}
	size_t sequence = der_open(out, DER_SEQUENCE);
	der_put_algorithm(out, digest_rows[row->digest].oid, true);
	der_put(out, DER_OCTETS, digest_span(&t->digest));
	der_close(out, sequence);
}

/* The job makes sense for this key: nothing odd goes to the token. */
static bool
job_check(const struct sign_job *job, struct err *e)
{
	const struct to_be_signed *t = &job->to_be_signed;
	const struct signature_row *row = &signature_rows[t->kind];
	bool fits = row->whole_message ?
	    t->message.len <= LIMIT_SIGNED_MESSAGE :
	    t->digest.kind == row->digest &&
	    t->digest.len == digest_rows[row->digest].size;

	if (!fits)
		return err_set(e, ERR_SIGNATURE_UNFIT,
		    "what is to be signed does not fit %s", row->name);
	if (job->key->facts.kind != row->key)
		return err_set(e, ERR_SIGNATURE_UNFIT, "key '%s' is %s: it "
		    "cannot sign by %s", text_show(job->key->facts.label).text,
		    job->key->facts.algorithm, row->name);
	return true;
}

/* One use; *rv is the answer of the module that failed, or CKR_OK. */
static bool
sign_raw(struct pkcs11 *t, const struct sign_job *job, ck_session_handle_t s,
    ck_object_handle_t key, struct buf *value, ck_rv_t *rv, struct err *e)
{
	CLEANUP(buf_done) struct buf input = { 0 };
	struct ck_mechanism mechanism =
	    mechanism_of(&signature_rows[job->to_be_signed.kind]);
	unsigned char out[LIMIT_SIGNATURE_VALUE];
	unsigned long len = sizeof(out);

	input_of(&job->to_be_signed, &input);
	*rv = t->call->C_SignInit(s, &mechanism, key);
	if (*rv != CKR_OK)
		return pkcs11_error(t, *rv, "sign", e);
	if ((job->key->facts.attributes &
	    1U << KEY_ATTRIBUTE_ALWAYS_AUTHENTICATE) != 0 &&
	    !pkcs11_login_again(t, s, rv, e))
		return false;
	*rv = t->call->C_Sign(s, input.ptr, input.len, out, &len);
	if (*rv != CKR_OK)
		return pkcs11_error(t, *rv, "sign", e);
	if (len > sizeof(out))
		return err_set(e, ERR_SIGNATURE_BAD, "token '%s': a signature "
		    "of %lu bytes", text_show(t->names.label).text, len);
	buf_put(value, (struct span){ out, len });
	return true;
}

/* A signature that does not verify never leaves: a fault can tell the key. */
static bool
value_check(const struct sign_job *job, struct span value, struct err *e)
{
	return signature_check(job->key->facts.public_key,
	    &job->to_be_signed, value, e) ||
	    err_at(e, "key '%s': value made by the token",
	    text_show(job->key->facts.label).text);
}

/* One attempt; *again: the session was lost on the way. */
static bool
job_attempt(struct sign_job *job, struct pkcs11_session *s, bool *again,
    struct err *e)
{
	PULSE(s->token);
	CLEANUP(buf_done) struct buf value = { 0 };
	struct pkcs11_key *key = (struct pkcs11_key *)(uintptr_t)job->key;
	ck_object_handle_t handle;
	ck_rv_t rv;

	*again = true;
	if (!pkcs11_session_fits(s) && !pkcs11_session_open(s, e))
		return false;
	if (!pkcs11_handle(key, s, &handle, e))
		return false;
	bool ok = sign_raw(s->token, job, s->handle, handle, &value, &rv, e);
	*again = !ok && pkcs11_lost(s->token, rv);
	if (!ok)
		return false;
	if (!value_check(job, buf_span(&value), e))
		return false;
	job->value = value;
	value = (struct buf){ 0 };
	return true;
}

/* Nobody closes the session under it. */
static bool
job_try(struct sign_job *job, struct pkcs11_session *s, bool *again,
    struct err *e)
{
	pthread_rwlock_rdlock(&s->token->use);
	bool ok = job_attempt(job, s, again, e);
	pthread_rwlock_unlock(&s->token->use);
	return ok;
}

static bool
job_run(struct sign_job *job, struct pkcs11_session *s, struct err *e)
{
	bool again = false;

	if (!job_check(job, e))
		return false;
	if (job_try(job, s, &again, e))
		return true;
	if (!again)
		return false;
	s->open = false;	/* it goes with all others */
	return pkcs11_reopen(s->token, s->generation, e) &&
	    job_try(job, s, &again, e);
}

/* A batch, shared by the threads that work on it. */
struct batch {
	struct pkcs11	*token;
	struct sign_job	*jobs;
	size_t		 count;
	atomic_size_t	 next;
	atomic_bool	 failed;
};

static void *
batch_work(void *arg)
{
	struct batch *b = arg;
	/* All of it, a session that is opened again or closed, too. */
	PULSE(b->token);
	CLEANUP(pkcs11_session_done) struct pkcs11_session s = {
		.token = b->token };
	struct err e;

	for (size_t i; (i = atomic_fetch_add(&b->next, 1)) < b->count; ) {
		if (job_run(&b->jobs[i], &s, &e))
			continue;
		b->jobs[i].err = xcalloc(1, sizeof(e));
		*b->jobs[i].err = e;
		atomic_store(&b->failed, true);
	}
	return NULL;
}

/* The calling thread works too: a batch of one starts no thread. */
bool
pkcs11_sign(struct keystore *store, struct sign_job *jobs, size_t count)
{
	struct pkcs11 *t = (struct pkcs11 *)(void *)store;
	struct batch b = { .token = t, .jobs = jobs, .count = count };
	pthread_t threads[LIMIT_TOKEN_SESSIONS];
	size_t started = 0;

	while (started + 1 < t->sessions && started + 1 < count &&
	    pthread_create(&threads[started], NULL, batch_work, &b) == 0)
		started++;
	batch_work(&b);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	return !atomic_load(&b.failed);
}
