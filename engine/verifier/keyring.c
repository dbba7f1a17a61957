/* keyring - see keyring.h. */
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "sys/file.h"
#include "verifier/keyring.h"

#define RSA_BITS	2048	/* least size of an RSA key */

extern char **environ;

static const char settings[] =
    "no-autostart\n"
    "no-auto-check-trustdb\n"
    "no-auto-key-retrieve\n"
    "no-auto-key-locate\n"
    "trust-model always\n"
    "weak-digest SHA1\n"
    "no-greeting\n"
    "batch\n";

static void
data_done(gpgme_data_t *d)
{
	if (*d != NULL)
		gpgme_data_release(*d);
}

static void
key_done(gpgme_key_t *k)
{
	if (*k != NULL)
		gpgme_key_unref(*k);
}

static bool
gpgme_failed(gpgme_error_t code, const char *what, struct err *e)
{
	return err_set(e, ERR_GIT_VERIFIER, "%s: %s", what,
	    gpgme_strerror(code));
}

static bool
settings_write(const char *home, struct span more, struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	char name[96];

	buf_text(&text, settings);
	buf_put(&text, more);
	snprintf(name, sizeof(name), "%s/gpg.conf", home);
	return file_replace_span(name, buf_span(&text), FILE_PRIVATE, e);
}

/*
 * gpg takes its home from the environment: a context that names one asks gpg
 * for its version each time. Nobody reads what gpg says to people, so it need
 * not load their language.
 */
static bool
home_enter(const char *home, struct err *e)
{
	return (setenv("GNUPGHOME", home, 1) == 0 &&
	    setenv("LC_ALL", "C", 1) == 0) ||
	    err_errno(e, ERR_GIT_VERIFIER, "cannot name the home of gpg");
}

/* Nothing else of GnuPG is wanted: gpgconf need not look for it. */
static bool
context_open(gpgme_ctx_t *out, struct err *e)
{
	gpgme_ctx_t context;
	gpgme_error_t code;

	gpgme_set_global_flag("disable-gpgconf", "1");
	gpgme_check_version(NULL);
	code = gpgme_new(&context);
	if (code != 0)
		return gpgme_failed(code, "gpg does not start", e);
	code = gpgme_set_protocol(context, GPGME_PROTOCOL_OpenPGP);
	if (code != 0) {
		gpgme_release(context);
		return gpgme_failed(code, "gpg does not start", e);
	}
	gpgme_set_offline(context, 1);
	*out = context;
	return true;
}

bool
keyring_open(const char *folder, struct keyring *out, struct err *e)
{
	struct keyring k = { .count = 0 };

	/* gpg's sockets lie in the home: their names are short. */
	int n = snprintf(k.home, sizeof(k.home), "%s/gpg-XXXXXX", folder);
	if (n < 0 || (size_t)n >= sizeof(k.home))
		return err_set(e, ERR_GIT_VERIFIER,
		    "path '%s' is too long for a home of gpg", folder);
	if (mkdtemp(k.home) == NULL)
		return err_errno(e, ERR_GIT_VERIFIER,
		    "cannot make '%s'", k.home);
	if (!settings_write(k.home, (struct span){ 0 }, e) ||
	    !home_enter(k.home, e) || !context_open(&k.context, e)) {
		keyring_done(&k);
		return false;
	}
	k.rows = xcalloc(KEYRING_KEYS, sizeof(*k.rows));
	k.desks = xcalloc(KEYRING_DESKS, sizeof(*k.desks));
	*out = k;
	return true;
}

static int
entry_remove(const char *path, const struct stat *st, int kind,
    struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

/* agents_end: no-autostart should leave none, and this makes sure. */
static void
agents_end(const char *home)
{
	char *const arguments[] = { (char[]){ "gpgconf" },
	    (char[]){ "--homedir" }, (char *)home, (char[]){ "--kill" },
	    (char[]){ "all" }, NULL };
	pid_t pid;

	if (posix_spawnp(&pid, "gpgconf", NULL, NULL, arguments,
	    environ) == 0)
		waitpid(pid, NULL, 0);
}

void
keyring_done(struct keyring *k)
{
	if (k->context != NULL)
		gpgme_release(k->context);
	if (k->home[0] != '\0') {
		agents_end(k->home);
		nftw(k->home, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
	}
	for (size_t i = 0; i < k->count; i++)
		key_done(&k->rows[i].key);
	free(k->rows);
	free(k->desks);
	*k = (struct keyring){ .count = 0 };
}

static bool
data_of(struct span s, gpgme_data_t *out, struct err *e)
{
	gpgme_error_t code = gpgme_data_new_from_mem(out,
	    (const char *)s.ptr, s.len, 0);

	return code == 0 || gpgme_failed(code, "no memory for gpg", e);
}

/* import_one imports a key file, which must hold one public key, no more. */
static bool
import_one(struct keyring *k, struct span file, const char **fingerprint,
    struct err *e)
{
	CLEANUP(data_done) gpgme_data_t data = NULL;

	if (!data_of(file, &data, e))
		return false;
	gpgme_error_t code = gpgme_op_import(k->context, data);
	gpgme_import_result_t result = gpgme_op_import_result(k->context);
	if (code != 0 || result == NULL)
		return gpgme_failed(code, "cannot import a key", e);
	gpgme_import_status_t first = result->imports;
	if (result->secret_read > 0)
		return err_set(e, ERR_GIT_KEY_MALFORMED,
		    "key file holds a secret key");
	if (result->considered != 1 || first == NULL ||
	    first->result != 0 || first->fpr == NULL)
		return err_set(e, ERR_GIT_KEY_MALFORMED, "key file holds %d "
		    "OpenPGP keys that can be used, not one",
		    first == NULL ? 0 : result->considered);
	*fingerprint = first->fpr;
	return true;
}

bool
keyring_add(struct keyring *k, const struct openpgp_key *key, struct err *e)
{
	struct keyring_row *row = &k->rows[k->count];
	const char *fingerprint = NULL;

	if (k->count == KEYRING_KEYS)
		return err_set(e, ERR_GIT_KEY_MALFORMED,
		    "more than %d OpenPGP keys are declared", KEYRING_KEYS);
	if (!import_one(k, key->keyring, &fingerprint, e))
		return false;
	if (strlen(fingerprint) >= sizeof(row->fingerprint))
		return err_set(e, ERR_GIT_KEY_MALFORMED,
		    "OpenPGP key of an unknown version");
	row->index = key->index;
	memcpy(row->fingerprint, fingerprint, strlen(fingerprint) + 1);
	k->count++;
	return true;
}

/* Of a key that several files held, each row gets what all of them said. */
static void
row_put(struct keyring *k, gpgme_key_t key)
{
	for (size_t i = 0; i < k->count; i++) {
		struct keyring_row *row = &k->rows[i];

		if (row->key == NULL && key->subkeys != NULL &&
		    strcmp(row->fingerprint, key->subkeys->fpr) == 0) {
			gpgme_key_ref(key);
			row->key = key;
		}
	}
}

static bool
rows_complete(const struct keyring *k, struct err *e)
{
	for (size_t i = 0; i < k->count; i++)
		if (k->rows[i].key == NULL)
			return err_set(e, ERR_GIT_VERIFIER, "gpg does not "
			    "give back the key %s", k->rows[i].fingerprint);
	return true;
}

bool
keyring_complete(struct keyring *k, struct err *e)
{
	gpgme_error_t code;
	gpgme_key_t key;

	if (k->count == 0)
		return true;
	code = gpgme_op_keylist_start(k->context, NULL, 0);
	while (code == 0 &&
	    (code = gpgme_op_keylist_next(k->context, &key)) == 0) {
		row_put(k, key);
		gpgme_key_unref(key);
	}
	gpgme_op_keylist_end(k->context);
	if (gpgme_err_code(code) != GPG_ERR_EOF)
		return gpgme_failed(code, "cannot read back the keys", e);
	return rows_complete(k, e);
}

/* What gpg's status of a signature means. All else: not a good signature. */
static const struct {
	gpg_err_code_t	 status;
	enum err_code	 code;
	const char	*text;
} statuses[] = {
	{ GPG_ERR_NO_PUBKEY, ERR_GIT_SIGNER_UNKNOWN,
	    "signed by the OpenPGP key %s, which nobody has declared" },
	{ GPG_ERR_BAD_SIGNATURE, ERR_GIT_SIGNATURE_BAD,
	    "OpenPGP signature by %s does not fit the bytes" },
	{ GPG_ERR_CERT_REVOKED, ERR_GIT_SIGNER_KEY,
	    "OpenPGP key %s is revoked" },
	{ GPG_ERR_KEY_EXPIRED, ERR_GIT_SIGNER_KEY,
	    "OpenPGP key %s was expired" },
	{ GPG_ERR_SIG_EXPIRED, ERR_GIT_SIGNER_KEY,
	    "OpenPGP signature by %s was expired" },
	{ GPG_ERR_DIGEST_ALGO, ERR_GIT_SIGNATURE_WEAK,
	    "OpenPGP signature by %s rests on a weak digest" },
};

static bool
status_refuse(gpgme_signature_t s, struct err *e)
{
	const char *fingerprint = s->fpr == NULL ? "?" : s->fpr;

	for (size_t i = 0; i < COUNT(statuses); i++)
		if (gpgme_err_code(s->status) == statuses[i].status) {
			CLEANUP(buf_done) struct buf text = { 0 };
			const char *at = strstr(statuses[i].text, "%s");
			struct span head = SPAN_TEXT(statuses[i].text);

			head.len = (size_t)(at - statuses[i].text);
			buf_put(&text, head);
			buf_text(&text, fingerprint);
			buf_text(&text, at + 2);
			return err_set(e, statuses[i].code, "%s",
			    buf_cstr(&text));
		}
	return err_set(e, ERR_GIT_SIGNATURE_BAD,
	    "OpenPGP signature by %s is not good: %s", fingerprint,
	    gpgme_strerror(s->status));
}

#define LOG_MOST	((size_t)16 << 10)	/* bytes of what gpg says */
#define BAD_SUMMARY	(GPGME_SIGSUM_RED | GPGME_SIGSUM_KEY_REVOKED |	\
	    GPGME_SIGSUM_KEY_EXPIRED | GPGME_SIGSUM_SIG_EXPIRED |	\
	    GPGME_SIGSUM_KEY_MISSING | GPGME_SIGSUM_SYS_ERROR |		\
	    GPGME_SIGSUM_BAD_POLICY | GPGME_SIGSUM_TOFU_CONFLICT)

static const gpgme_hash_algo_t strong_digests[] = {
	GPGME_MD_SHA256, GPGME_MD_SHA384, GPGME_MD_SHA512,
};

static bool
digest_strong(gpgme_hash_algo_t digest)
{
	for (size_t i = 0; i < COUNT(strong_digests); i++)
		if (digest == strong_digests[i])
			return true;
	return false;
}

static bool
algorithm_strong(const struct _gpgme_subkey *subkey)
{
	switch (subkey->pubkey_algo) {
	case GPGME_PK_RSA:
	case GPGME_PK_RSA_S:
		return subkey->length >= RSA_BITS;
	case GPGME_PK_ECDSA:
	case GPGME_PK_EDDSA:
		return true;
	case GPGME_PK_RSA_E:
	case GPGME_PK_ELG_E:
	case GPGME_PK_DSA:
	case GPGME_PK_ECC:
	case GPGME_PK_ELG:
	case GPGME_PK_ECDH:
		return false;
	}
	return false;
}

/* subkey_of finds the key that made a signature within its certificate. */
static const struct _gpgme_subkey *
subkey_of(gpgme_key_t key, const char *fingerprint)
{
	gpgme_subkey_t s = key->subkeys;

	while (s != NULL && strcmp(s->fpr, fingerprint) != 0)
		s = s->next;
	return s;
}

/* Of files with the same key, the first one counts. */
static const struct keyring_row *
row_first(const struct keyring *k, const char *fingerprint)
{
	const struct keyring_row *row = k->rows;

	while (strcmp(row->fingerprint, fingerprint) != 0)
		row++;
	return row;
}

/*
 * The signature names a subkey; people declare the primary key. A file that
 * came later may have added subkeys to the same one.
 */
static bool
signer_find(const struct keyring *k, const struct _gpgme_signature *s,
    struct openpgp_signer *out, struct err *e)
{
	const struct keyring_row *signer = NULL;
	const struct _gpgme_subkey *subkey = NULL;

	for (size_t i = 0; i < k->count; i++) {
		const struct keyring_row *row = &k->rows[i];
		const struct _gpgme_subkey *found = subkey_of(row->key,
		    s->fpr);

		if (found == NULL)
			continue;
		if (signer != NULL && strcmp(signer->fingerprint,
		    row->fingerprint) != 0)
			return err_set(e, ERR_GIT_SIGNER_KEY, "OpenPGP subkey "
			    "%s belongs to %s and to %s", s->fpr,
			    signer->fingerprint, row->fingerprint);
		signer = row_first(k, row->fingerprint);
		subkey = found;
	}
	if (subkey == NULL)
		return err_set(e, ERR_GIT_SIGNER_UNKNOWN, "signed by the "
		    "OpenPGP key %s, which nobody has declared", s->fpr);
	if (!algorithm_strong(subkey) ||
	    !digest_strong(s->hash_algo))
		return err_set(e, ERR_GIT_SIGNATURE_WEAK, "OpenPGP signature "
		    "by %s rests on %s with %s", s->fpr,
		    gpgme_pubkey_algo_name(s->pubkey_algo),
		    gpgme_hash_algo_name(s->hash_algo));
	out->index = signer->index;
	memcpy(out->fingerprint, signer->fingerprint,
	    sizeof(out->fingerprint));
	return true;
}

/* ---- checks ---- */

/*
 * gpg's own clock is set as well: an object that was good when it was first
 * seen must stay good when it is checked again years later. The keys are those
 * of the one keyring.
 */
static bool
desk_settings(const struct keyring *k, struct keyring_desk *d, int64_t seconds,
    struct err *e)
{
	CLEANUP(buf_done) struct buf more = { 0 };

	buf_printf(&more, "no-default-keyring\nkeyring %s/pubring.kbx\n",
	    k->home);
	if (seconds > 0)
		buf_printf(&more, "faked-system-time %" PRId64 "!\n", seconds);
	if (!settings_write(d->home, buf_span(&more), e))
		return false;
	d->seconds = seconds;
	return true;
}

bool
keyring_desk(struct keyring *k, size_t i, int64_t seconds, struct err *e)
{
	struct keyring_desk *d = &k->desks[i];

	if (d->home[0] != '\0' && d->seconds == seconds)
		return true;
	snprintf(d->home, sizeof(d->home), "%s/%zu", k->home, i);
	d->seconds = -1;
	if (mkdir(d->home, 0700) != 0 && errno != EEXIST)
		return err_errno(e, ERR_GIT_VERIFIER, "cannot make '%s'",
		    d->home);
	return desk_settings(k, d, seconds, e);
}

/* The call's success says nothing; the one entry of its result does. */
static bool
result_check(const struct keyring *k, struct openpgp_signer *out,
    struct err *e)
{
	gpgme_verify_result_t result = gpgme_op_verify_result(k->context);
	gpgme_signature_t s = result == NULL ? NULL : result->signatures;

	if (s == NULL)
		return err_set(e, ERR_GIT_SIGNATURE_MALFORMED,
		    "gpg finds no detached signature");
	if (s->next != NULL)
		return err_set(e, ERR_GIT_SIGNATURE_TWICE,
		    "armor holds more than one OpenPGP signature");
	if (gpgme_err_code(s->status) != GPG_ERR_NO_ERROR)
		return status_refuse(s, e);
	if ((s->summary & BAD_SUMMARY) != 0 || s->wrong_key_usage ||
	    s->fpr == NULL)
		return err_set(e, ERR_GIT_SIGNATURE_BAD,
		    "OpenPGP signature by %s is not good (summary 0x%x)",
		    s->fpr == NULL ? "?" : s->fpr, (unsigned)s->summary);
	return signer_find(k, s, out, e);
}

/* Words of gpg that say what it made of a signature, or of what is none. */
static const char *const verdicts[] = {
	"GOODSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "BADSIG", "ERRSIG",
	"NODATA", "UNEXPECTED", "BADARMOR", "FAILURE", "PLAINTEXT",
};

static gpgme_error_t
on_status(void *told, const char *word, const char *arguments)
{
	bool *all = told;

	(void)arguments;
	for (size_t i = 0; i < COUNT(verdicts); i++)
		*all = *all || strcmp(word, verdicts[i]) == 0;
	return 0;
}

static gpgme_error_t
verify(const struct keyring *k, gpgme_data_t signature, gpgme_data_t text,
    bool *told)
{
	gpgme_error_t code;

	*told = false;
	code = gpgme_set_ctx_flag(k->context, "full-status", "1");
	if (code != 0)
		return code;
	gpgme_set_status_cb(k->context, on_status, told);
	code = gpgme_op_verify(k->context, signature, text, NULL);
	gpgme_set_status_cb(k->context, NULL, NULL);
	return code;
}

/*
 * gpgme takes a gpg that is killed for one that finds nothing. The one thing
 * that gpg refuses without a status line is a message that is no signature.
 */
static bool
silence_explain(const struct keyring *k, struct err *e)
{
	CLEANUP(data_done) gpgme_data_t log = NULL;
	CLEANUP(buf_done) struct buf said = { 0 };
	char part[512];
	ssize_t n = 0;

	gpgme_error_t code = gpgme_data_new(&log);
	if (code == 0)
		code = gpgme_op_getauditlog(k->context, log,
		    GPGME_AUDITLOG_DIAG);
	if (code == 0 && gpgme_data_seek(log, 0, SEEK_SET) == 0)
		while (said.len < LOG_MOST && (n = gpgme_data_read(log, part,
		    sizeof(part))) > 0)
			buf_put(&said, (struct span){ (uint8_t *)part,
			    (size_t)n });
	if (span_find(buf_span(&said), SPAN_TEXT("not a detached signature"))
	    != SIZE_MAX)
		return err_set(e, ERR_GIT_SIGNATURE_MALFORMED,
		    "armor holds no OpenPGP signature");
	return err_set(e, ERR_GIT_VERIFIER, "gpg ended before it had said "
	    "anything of a signature");
}

bool
keyring_check(const struct keyring *k, size_t desk, struct span payload,
    struct span armor, struct openpgp_signer *out, struct err *e)
{
	CLEANUP(data_done) gpgme_data_t text = NULL;
	CLEANUP(data_done) gpgme_data_t signature = NULL;
	struct openpgp_signer found = { .index = 0 };
	bool told;

	if (!home_enter(k->desks[desk].home, e) ||
	    !data_of(payload, &text, e) || !data_of(armor, &signature, e))
		return false;
	gpgme_error_t code = verify(k, signature, text, &told);
	if (code == 0 && !told)
		return silence_explain(k, e);
	if (gpgme_err_code(code) == GPG_ERR_NO_DATA ||
	    gpgme_err_code(code) == GPG_ERR_BAD_DATA)
		return err_set(e, ERR_GIT_SIGNATURE_MALFORMED,
		    "armor holds no OpenPGP signature");
	if (code != 0)
		return gpgme_failed(code, "gpg cannot check a signature", e);
	if (!result_check(k, &found, e))
		return false;
	*out = found;
	return true;
}
