/* pkcs11 - module, token, login, and sessions that get lost. See pkcs11.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "keys/pulse.h"

#define SEEN		8	/* tokens that an error names */
#define CALL_LIMIT	60000	/* ms for one call */
#define ARENA_BUDGET	((size_t)32 << 20)	/* facts of LIMIT_TOKEN_KEYS */

/* What a module answers (PKCS#11 v2.40, 5.1) and what that means to us. */
static const struct answer {
	ck_rv_t		 value;
	const char	*name;
	enum err_code	 code;
	bool		 lost;		/* worth one more opening */
} answers[] = {
	{ CKR_DEVICE_REMOVED, "device removed", ERR_TOKEN_ABSENT, true },
	{ CKR_TOKEN_NOT_PRESENT, "token not present", ERR_TOKEN_ABSENT, true },
	{ CKR_TOKEN_NOT_RECOGNIZED, "token not recognised", ERR_TOKEN_ABSENT,
	    false },
	{ CKR_SLOT_ID_INVALID, "no such slot", ERR_TOKEN_ABSENT, true },
	{ CKR_SESSION_HANDLE_INVALID, "no such session", ERR_TOKEN_SESSION,
	    true },
	{ CKR_SESSION_CLOSED, "session closed", ERR_TOKEN_SESSION, true },
	{ CKR_SESSION_COUNT, "too many sessions", ERR_TOKEN_SESSION, false },
	{ CKR_OBJECT_HANDLE_INVALID, "no such object", ERR_KEY_ABSENT, true },
	{ CKR_KEY_HANDLE_INVALID, "no such key", ERR_KEY_ABSENT, true },
	{ CKR_USER_NOT_LOGGED_IN, "not logged in", ERR_TOKEN_LOGIN, true },
	{ CKR_USER_PIN_NOT_INITIALIZED, "the token has no PIN yet",
	    ERR_TOKEN_LOGIN, false },
	{ CKR_PIN_INCORRECT, "wrong PIN", ERR_TOKEN_PIN_WRONG, false },
	{ CKR_PIN_INVALID, "a PIN with strange characters",
	    ERR_TOKEN_PIN_WRONG, false },
	{ CKR_PIN_LEN_RANGE, "a PIN too short or too long",
	    ERR_TOKEN_PIN_WRONG, false },
	{ CKR_PIN_EXPIRED, "the PIN has expired", ERR_TOKEN_PIN_WRONG, false },
	{ CKR_PIN_LOCKED, "the PIN is locked", ERR_TOKEN_PIN_LOCKED, false },
	{ CKR_SESSION_READ_ONLY, "the session is read-only",
	    ERR_TOKEN_READ_ONLY, false },
	{ CKR_MECHANISM_INVALID, "unknown mechanism", ERR_TOKEN_MECHANISM,
	    false },
	{ CKR_MECHANISM_PARAM_INVALID, "unknown parameters of the mechanism",
	    ERR_TOKEN_MECHANISM, false },
	{ CKR_CURVE_NOT_SUPPORTED, "unknown curve", ERR_TOKEN_MECHANISM,
	    false },
	{ CKR_DOMAIN_PARAMS_INVALID, "unknown curve", ERR_TOKEN_MECHANISM,
	    false },
	{ CKR_KEY_TYPE_INCONSISTENT, "not for this type of key",
	    ERR_TOKEN_MECHANISM, false },
	{ CKR_KEY_SIZE_RANGE, "not for a key of this size",
	    ERR_TOKEN_MECHANISM, false },
	{ CKR_KEY_FUNCTION_NOT_PERMITTED, "the key may not do this",
	    ERR_KEY_USAGE, false },
	{ CKR_DEVICE_ERROR, "device error", ERR_TOKEN_DEVICE, false },
	{ CKR_DEVICE_MEMORY, "device memory is full", ERR_TOKEN_DEVICE, false },
	{ CKR_TOKEN_WRITE_PROTECTED, "the token is write-protected",
	    ERR_TOKEN_READ_ONLY, false },
	{ CKR_FUNCTION_FAILED, "function failed", ERR_TOKEN_DEVICE, false },
	{ CKR_GENERAL_ERROR, "general error", ERR_TOKEN_DEVICE, false },
};

static const struct answer *
answer_find(ck_rv_t value)
{
	for (size_t i = 0; i < COUNT(answers); i++)
		if (answers[i].value == value)
			return &answers[i];
	return NULL;
}

bool
pkcs11_error(const struct pkcs11 *t, ck_rv_t value, const char *doing,
    struct err *e)
{
	const struct answer *a = answer_find(value);

	return err_set(e, a == NULL ? ERR_TOKEN_DEVICE : a->code,
	    "token '%s': %s: %s (0x%lx)", text_show(t->names.label.ptr != NULL ?
	    t->names.label : t->wanted.token).text, doing,
	    a == NULL ? "unknown answer" : a->name, value);
}

/* The PIN may be found wrong, and wiped, by another thread. */
static bool
has_pin(struct pkcs11 *t)
{
	pthread_mutex_lock(&t->lock);
	bool has = t->pin.len > 0;
	pthread_mutex_unlock(&t->lock);
	return has;
}

bool
pkcs11_lost(struct pkcs11 *t, ck_rv_t value)
{
	const struct answer *a = answer_find(value);

	return a != NULL && a->lost &&
	    (a->code != ERR_TOKEN_LOGIN || has_pin(t));
}

/* Names of a token are padded with blanks (PKCS#11 v2.40, 3.2). */
static struct span
unpadded(const unsigned char *text, size_t len)
{
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\0'))
		len--;
	return (struct span){ text, len };
}

static struct token_names
names_of(const struct ck_token_info *info)
{
	return (struct token_names){
		unpadded(info->label, sizeof(info->label)),
		unpadded(info->manufacturer_id, sizeof(info->manufacturer_id)),
		unpadded(info->model, sizeof(info->model)),
		unpadded(info->serial_number, sizeof(info->serial_number)),
		{ NULL, 0 },
	};
}

static bool
slots_list(struct pkcs11 *t, ck_slot_id_t *slots, unsigned long *count,
    struct err *e)
{
	ck_rv_t rv = t->call->C_GetSlotList(1, slots, count);

	if (rv == CKR_BUFFER_TOO_SMALL ||
	    (rv == CKR_OK && *count > LIMIT_TOKEN_SLOTS))
		return err_set(e, ERR_TOKEN_ABSENT, "%s: more than %d slots",
		    t->module->path, LIMIT_TOKEN_SLOTS);
	return rv == CKR_OK || pkcs11_error(t, rv, "slots", e);
}

/* What stands in the slots of a module, for whoever looks in vain. */
struct slots_seen {
	size_t		hits;		/* tokens that are meant */
	size_t		blank;		/* tokens that nobody initialised */
	size_t		count;		/* all others */
	struct buf	names;
};

static void
seen_add(struct slots_seen *seen, const struct token_names *n)
{
	if (seen->count++ < SEEN)
		buf_printf(&seen->names, "%s'%s' (%s)", seen->count > 1 ?
		    ", " : "", text_show(n->label).text,
		    text_show(n->serial).text);
}

static void
seen_done(struct slots_seen *seen)
{
	buf_done(&seen->names);
}

/* The error names what is there: a typing error then shows itself. */
static bool
not_one(const struct pkcs11 *t, struct slots_seen *seen, struct err *e)
{
	CLEANUP(buf_done) struct buf wanted = { 0 };

	if (t->wanted.token.ptr != NULL)
		buf_printf(&wanted, " '%s'",
		    text_show(t->wanted.token).text);
	if (t->wanted.serial.ptr != NULL)
		buf_printf(&wanted, " (%s)",
		    text_show(t->wanted.serial).text);
	if (seen->count > SEEN)
		buf_text(&seen->names, ", ...");
	if (seen->hits == 0 && seen->count + seen->blank == 0)
		return err_set(e, ERR_TOKEN_ABSENT, "%s: no token%s: no slot "
		    "has one", t->module->path, buf_cstr(&wanted));
	if (seen->hits == 0)
		return err_set(e, ERR_TOKEN_ABSENT, "%s: no token%s; there "
		    "are %zu: %s; not initialised: %zu", t->module->path,
		    buf_cstr(&wanted), seen->count, buf_cstr(&seen->names),
		    seen->blank);
	return err_set(e, ERR_TOKEN_AMBIGUOUS, "%s: %zu tokens are%s, of "
	    "these: %s", t->module->path, seen->hits, buf_cstr(&wanted),
	    buf_cstr(&seen->names));
}

/* token_find sets the slot of the one token that is meant. */
static bool
token_find(struct pkcs11 *t, struct ck_token_info *out, struct err *e)
{
	CLEANUP(seen_done) struct slots_seen seen = { 0 };
	ck_slot_id_t slots[LIMIT_TOKEN_SLOTS];
	unsigned long count = LIMIT_TOKEN_SLOTS;

	if (!slots_list(t, slots, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct ck_token_info info;

		memset(&info, 0, sizeof(info));
		if (t->call->C_GetTokenInfo(slots[i], &info) != CKR_OK)
			continue;
		if ((info.flags & CKF_TOKEN_INITIALIZED) == 0) {
			seen.blank++;
			continue;
		}
		struct token_names names = names_of(&info);
		seen_add(&seen, &names);
		if (!key_uri_names_token(&t->wanted, &names))
			continue;
		t->slot = slots[i];
		*out = info;
		seen.hits++;
	}
	return seen.hits == 1 || not_one(t, &seen, e);
}

static struct token_version
version_of(struct ck_version v)
{
	return (struct token_version){ v.major, v.minor };
}

static bool
about_keep(struct pkcs11 *t, const struct ck_token_info *info, struct err *e)
{
	struct token_about *a = &t->about;
	struct ck_info library;

	memset(&library, 0, sizeof(library));
	if (t->call->C_GetInfo(&library) != CKR_OK)
		memset(&library, 0, sizeof(library));
	a->hardware = version_of(info->hardware_version);
	a->firmware = version_of(info->firmware_version);
	a->library = version_of(library.library_version);
	a->cryptoki = version_of(library.cryptoki_version);
	return (arena_copy(t->arena, unpadded(library.library_description,
	    sizeof(library.library_description)), &a->library_name) &&
	    arena_copy(t->arena, unpadded(library.manufacturer_id,
	    sizeof(library.manufacturer_id)), &a->library_manufacturer)) ||
	    err_budget(e, t->arena);
}

static bool
names_keep(struct pkcs11 *t, const struct ck_token_info *info, struct err *e)
{
	struct token_names n = names_of(info);

	if (t->names.label.ptr != NULL)
		return true;
	n.firmware = span_text(arena_printf(t->arena, "%u.%u",
	    info->firmware_version.major, info->firmware_version.minor));
	if (!arena_copy(t->arena, n.label, &t->names.label) ||
	    !arena_copy(t->arena, n.manufacturer, &t->names.manufacturer) ||
	    !arena_copy(t->arena, n.model, &t->names.model) ||
	    !arena_copy(t->arena, n.serial, &t->names.serial) ||
	    !arena_copy(t->arena, n.firmware, &t->names.firmware))
		return err_budget(e, t->arena);
	/* Opened again, it must be the same one. */
	t->wanted.serial = t->names.serial;
	return about_keep(t, info, e);
}

/* A wrong PIN costs one of few attempts: look before the login. */
static bool
attempts_left(struct pkcs11 *t, const struct ck_token_info *info,
    struct err *e)
{
	struct shown label = text_show(t->names.label);

	if ((info->flags & CKF_USER_PIN_LOCKED) != 0)
		return err_set(e, ERR_TOKEN_PIN_LOCKED,
		    "token '%s': the PIN is locked", label.text);
	if ((info->flags & CKF_USER_PIN_FINAL_TRY) != 0 && !t->last_try)
		return err_set(e, ERR_TOKEN_PIN_LOW, "token '%s': one more "
		    "wrong PIN locks it, so none is tried", label.text);
	if ((info->flags & CKF_USER_PIN_COUNT_LOW) != 0)
		err_set(&t->warning, ERR_TOKEN_PIN_LOW,
		    "token '%s': a wrong PIN was given before", label.text);
	return true;
}

/*
 * A PIN that was wrong once is never given again: each attempt brings the token
 * nearer to its lock. false, always.
 */
static bool
login_refused(struct pkcs11 *t, ck_rv_t rv, struct err *e)
{
	pkcs11_error(t, rv, "login", e);
	if (err_is(e, ERR_TOKEN_PIN_WRONG) || err_is(e, ERR_TOKEN_PIN_LOCKED)) {
		pin_wipe(&t->pin);
		t->refused = *e;
	}
	return false;
}

/* Whoever has a keypad for the PIN takes none from a program. */
static bool
pin_at_hand(struct pkcs11 *t, const struct ck_token_info *info, struct err *e)
{
	if (t->refused.what != NULL) {
		*e = t->refused;
		return false;
	}
	return t->pin.len > 0 ||
	    (info->flags & CKF_PROTECTED_AUTHENTICATION_PATH) == 0 ||
	    err_set(e, ERR_TOKEN_KEYPAD, "token '%s' takes its PIN by a keypad "
	    "or reader of its own", text_show(t->names.label).text);
}

static bool
token_login(struct pkcs11 *t, const struct ck_token_info *info, struct err *e)
{
	if (!pin_at_hand(t, info, e))
		return false;
	if (t->pin.len == 0)
		return true;
	if (!attempts_left(t, info, e))
		return false;
	ck_rv_t rv = t->call->C_Login(t->session, CKU_USER, t->pin.bytes,
	    t->pin.len);
	return rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN ||
	    login_refused(t, rv, e);
}

/*
 * Some keys want the PIN for each use (PKCS#11 v2.40, 5.6.2). One at a time:
 * of many that wait, only the first may find out that the PIN is wrong.
 */
bool
pkcs11_login_again(struct pkcs11 *t, ck_session_handle_t s, ck_rv_t *rv,
    struct err *e)
{
	bool ok;

	pthread_mutex_lock(&t->lock);
	*rv = CKR_OK;
	if (t->refused.what != NULL) {
		*e = t->refused;
		ok = false;
	} else if (t->pin.len == 0) {
		ok = err_set(e, ERR_TOKEN_LOGIN, "token '%s': the key wants "
		    "the PIN for each use, and none is given",
		    text_show(t->names.label).text);
	} else {
		*rv = t->call->C_Login(s, CKU_CONTEXT_SPECIFIC, t->pin.bytes,
		    t->pin.len);
		ok = *rv == CKR_OK || login_refused(t, *rv, e);
	}
	pthread_mutex_unlock(&t->lock);
	return ok;
}

/* Needs a session that may write: keys are made in it. */
static bool
session_main(struct pkcs11 *t, struct err *e)
{
	ck_rv_t rv = t->call->C_OpenSession(t->slot,
	    CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &t->session);

	if (rv == CKR_TOKEN_WRITE_PROTECTED)
		rv = t->call->C_OpenSession(t->slot, CKF_SERIAL_SESSION, NULL,
		    NULL, &t->session);
	return rv == CKR_OK || pkcs11_error(t, rv, "session", e);
}

static bool
token_open(struct pkcs11 *t, struct err *e)
{
	struct ck_token_info info;

	if (!token_find(t, &info, e) || !names_keep(t, &info, e) ||
	    !session_main(t, e) || !token_login(t, &info, e))
		return false;
	t->read_only = (info.flags & CKF_WRITE_PROTECTED) != 0;
	t->generation++;
	return true;
}

/*
 * The others of this token lose their sessions too, see that the generation
 * has changed, and go on in new ones.
 */
bool
pkcs11_reopen(struct pkcs11 *t, unsigned generation, struct err *e)
{
	bool ok = true;

	pthread_rwlock_wrlock(&t->use);
	pthread_mutex_lock(&t->lock);
	if (t->generation == generation) {
		t->call->C_CloseAllSessions(t->slot);
		ok = token_open(t, e);
	}
	pthread_mutex_unlock(&t->lock);
	pthread_rwlock_unlock(&t->use);
	return ok;
}

bool
pkcs11_session_open(struct pkcs11_session *s, struct err *e)
{
	struct pkcs11 *t = s->token;

	pthread_mutex_lock(&t->lock);
	ck_rv_t rv = t->call->C_OpenSession(t->slot, CKF_SERIAL_SESSION, NULL,
	    NULL, &s->handle);
	s->generation = t->generation;
	pthread_mutex_unlock(&t->lock);
	s->open = rv == CKR_OK;
	return s->open || pkcs11_error(t, rv, "session", e);
}

bool
pkcs11_session_fits(const struct pkcs11_session *s)
{
	if (!s->open)
		return false;
	pthread_mutex_lock(&s->token->lock);
	bool fits = s->generation == s->token->generation;
	pthread_mutex_unlock(&s->token->lock);
	return fits;
}

void
pkcs11_session_done(struct pkcs11_session *s)
{
	struct pkcs11 *t = s->token;

	pthread_rwlock_rdlock(&t->use);
	if (pkcs11_session_fits(s))
		t->call->C_CloseSession(s->handle);
	pthread_rwlock_unlock(&t->use);
	s->open = false;
}

static unsigned
sessions_of(const struct keystore_terms *terms)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned n = terms->sessions;

	if (n == 0)
		n = processors > 0 ? (unsigned)processors : 1;
	return n < LIMIT_TOKEN_SESSIONS ? n : LIMIT_TOKEN_SESSIONS;
}

static bool
terms_keep(struct pkcs11 *t, const struct keystore_terms *terms,
    struct err *e)
{
	if ((terms->token.ptr != NULL && !arena_copy(t->arena, terms->token,
	    &t->wanted.token)) || (terms->serial.ptr != NULL &&
	    !arena_copy(t->arena, terms->serial, &t->wanted.serial)))
		return err_budget(e, t->arena);
	t->last_try = terms->last_try;
	t->sessions = sessions_of(terms);
	t->limit = terms->limit > 0 ? terms->limit : CALL_LIMIT;
	return terms->pin.from == PIN_NONE || pin_read(&terms->pin, &t->pin, e);
}

/* Whether somebody had it open or not: its sessions go, and its place. */
static void
pkcs11_shut(struct pkcs11 *t)
{
	if (t->session != CK_INVALID_HANDLE)
		t->call->C_CloseAllSessions(t->slot);
	t->session = CK_INVALID_HANDLE;
	if (t->counted)
		t->module->open--;
	t->counted = false;
}

static void
pkcs11_close(struct keystore *s)
{
	struct pkcs11 *t = (struct pkcs11 *)(void *)s;

	pkcs11_shut(t);
	module_give(t->module);
	pin_wipe(&t->pin);
	pthread_mutex_destroy(&t->lock);
	pthread_rwlock_destroy(&t->use);
	arena_free(t->arena);
	free(t);
}

/* Who waits to open the token again comes before the jobs that are left. */
static void
use_init(pthread_rwlock_t *use)
{
	pthread_rwlockattr_t kind;

	pthread_rwlockattr_init(&kind);
	pthread_rwlockattr_setkind_np(&kind,
	    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(use, &kind);
	pthread_rwlockattr_destroy(&kind);
}

/* A library does what it likes when it is loaded: that may hang, too. */
static bool
module_load(struct pkcs11 *t, const struct keystore_terms *terms,
    struct err *e)
{
	struct pulse pulse = pulse_in(terms->module, t->limit);
	bool ok = module_take(terms->module, terms->parameters, &t->module, e);

	pulse_out(&pulse);
	return ok;
}

static bool
pkcs11_new(const struct keystore_terms *terms, struct keystore **out,
    struct err *e)
{
	struct pkcs11 *t = xcalloc(1, sizeof(*t));

	t->base.kind = &pkcs11_keystore;
	t->arena = arena_new(ARENA_BUDGET);
	pthread_mutex_init(&t->lock, NULL);
	use_init(&t->use);
	if (!terms_keep(t, terms, e) || !module_load(t, terms, e)) {
		pkcs11_close(&t->base);
		return false;
	}
	t->call = t->module->call;
	*out = &t->base;
	return true;
}

/* The errors of a token, or of the way to it, that has gone. */
static bool
is_gone(const struct err *e)
{
	return err_is(e, ERR_TOKEN_ABSENT) || err_is(e, ERR_TOKEN_SESSION) ||
	    err_is(e, ERR_TOKEN_DEVICE);
}

static bool
pkcs11_open(struct keystore *s, struct err *e)
{
	struct pkcs11 *t = (struct pkcs11 *)(void *)s;
	PULSE(t);
	struct err why;

	pkcs11_shut(t);
	if (!module_start(t->module, e))
		return false;
	bool ok = token_open(t, e);
	if (!ok && is_gone(e) && module_idle(t->module)) {
		t->session = CK_INVALID_HANDLE;
		if (!module_restart(t->module, &why))
			return false;
		ok = token_open(t, e);
	}
	if (!ok) {
		pkcs11_shut(t);
		return false;
	}
	t->counted = true;
	t->module->open++;
	return true;
}

static struct token_names
pkcs11_describe(const struct keystore *s)
{
	return ((const struct pkcs11 *)(const void *)s)->names;
}

static const struct err *
pkcs11_warning(const struct keystore *s)
{
	const struct pkcs11 *t = (const struct pkcs11 *)(const void *)s;

	return t->warning.what == NULL ? NULL : &t->warning;
}

const struct keystore_kind pkcs11_keystore = {
	.name		= "pkcs11",
	.title		= "PKCS#11 token",
	.new		= pkcs11_new,
	.open		= pkcs11_open,
	.close		= pkcs11_close,
	.find		= pkcs11_find,
	.list		= pkcs11_list,
	.sign		= pkcs11_sign,
	.make		= pkcs11_make,
	.import		= pkcs11_import,
	.describe	= pkcs11_describe,
	.warning	= pkcs11_warning,
};
