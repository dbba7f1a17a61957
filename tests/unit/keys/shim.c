/*
 * shim - a PKCS#11 module that passes everything on to SoftHSM, and fails when
 * a test has ordered it. In another process the orders are variables:
 *
 *	SHIM_TOKEN_FLAGS	number: added to the token's own flags
 *	SHIM_SOCKET		path: what each signature connects to first
 *	SOFTHSM2_CONF		path: beside it, with "-fails" behind, the number
 *				of the RSA signature of a process that fails
 *	SOFTHSM2_CONF	path: beside it, with "-away" behind, the label or
 *				serial number of a token that is not there, or
 *				"*" for all
 *	SOFTHSM2_CONF	path: beside it, with "-hangs" behind, "load", "sign",
 *				"open" or "login": such a call never returns; before
 *				"login" each session is lost that would sign
 *	SHIM_KILLS		number: the signature of a process, from 1, that
 *				is made and kills it before it knows
 */
#define CRYPTOKI_GNU
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "shim.h"

#define RSA_LEAST	200	/* bytes of a signature */

ck_rv_t	C_GetFunctionList(struct ck_function_list **);

extern struct shim_orders shim_orders;
struct shim_orders shim_orders;

static struct ck_function_list *real, list;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int
ordered(int *times)
{
	pthread_mutex_lock(&lock);
	int yes = *times > 0;
	if (yes)
		(*times)--;
	pthread_mutex_unlock(&lock);
	return yes;
}

static ck_rv_t
fails(enum shim_call call)
{
	return ordered(&shim_orders.times[call]) ? shim_orders.answer[call] :
	    CKR_OK;
}

/* As a module does whose token is behind a socket. */
static ck_rv_t
socket_reach(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("SHIM_SOCKET");

	if (path == NULL)
		return CKR_OK;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		return CKR_FUNCTION_FAILED;
	int failed = connect(s, (void *)&to, sizeof(to));
	close(s);
	return failed ? CKR_FUNCTION_FAILED : CKR_OK;
}

/* The first line of a file beside SoftHSM's; empty if there is none. */
static void
ordered_line(const char *which, char *text, int size)
{
	char path[4096];
	FILE *f;

	text[0] = '\0';
	if (getenv("SOFTHSM2_CONF") == NULL)
		return;
	snprintf(path, sizeof(path), "%s-%s", getenv("SOFTHSM2_CONF"), which);
	if ((f = fopen(path, "r")) == NULL)
		return;
	if (fgets(text, size, f) == NULL)
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	fclose(f);
}

static bool
is_away(const struct ck_token_info *info)
{
	char text[64];
	size_t n;

	ordered_line("away", text, sizeof(text));
	n = strlen(text);
	if (n == 0 || n > sizeof(info->serial_number))
		return false;
	return strcmp(text, "*") == 0 || memcmp(info->label, text, n) == 0 ||
	    memcmp(info->serial_number, text, n) == 0;
}

static ck_rv_t
slot_there(ck_slot_id_t slot)
{
	struct ck_token_info info;

	return real->C_GetTokenInfo(slot, &info) == CKR_OK &&
	    is_away(&info) ? CKR_TOKEN_NOT_PRESENT : CKR_OK;
}

static ck_rv_t
session_there(ck_session_handle_t s)
{
	struct ck_session_info info;

	return real->C_GetSessionInfo(s, &info) == CKR_OK &&
	    slot_there(info.slot_id) != CKR_OK ? CKR_DEVICE_REMOVED : CKR_OK;
}

static bool
is_to_hang(const char *call)
{
	char text[16];

	ordered_line("hangs", text, sizeof(text));
	return strcmp(text, call) == 0;
}

static void
hangs(const char *call)
{
	while (is_to_hang(call))
		pause();
}

static ck_rv_t
stale_noted(ck_rv_t rv)
{
	if (rv == CKR_SESSION_HANDLE_INVALID) {
		pthread_mutex_lock(&lock);
		shim_orders.stale++;
		pthread_mutex_unlock(&lock);
	}
	return rv;
}

static ck_rv_t
close_session(ck_session_handle_t s)
{
	return stale_noted(real->C_CloseSession(s));
}

static ck_rv_t
sign_init(ck_session_handle_t s, struct ck_mechanism *m, ck_object_handle_t k)
{
	ck_rv_t rv = fails(SHIM_SIGN_INIT);
	struct ck_session_info info;

	hangs("sign");
	if (is_to_hang("login"))
		return CKR_SESSION_CLOSED;
	if (rv == CKR_OK)
		rv = session_there(s);
	if (rv == CKR_OK)
		rv = socket_reach();
	if (ordered(&shim_orders.drop_sessions) &&
	    real->C_GetSessionInfo(s, &info) == CKR_OK)
		real->C_CloseAllSessions(info.slot_id);
	return rv != CKR_OK ? rv : stale_noted(real->C_SignInit(s, m, k));
}

static void
kill_at(void)
{
	static unsigned long made;
	const char *last = getenv("SHIM_KILLS");

	pthread_mutex_lock(&lock);
	if (last != NULL && ++made == strtoul(last, NULL, 10))
		raise(SIGKILL);
	pthread_mutex_unlock(&lock);
}

/* A file, as an engine gives its modules no variables of ours. */
static bool
fails_at(unsigned long len)
{
	static unsigned long made;
	char text[16];

	if (len < RSA_LEAST)
		return false;
	ordered_line("fails", text, sizeof(text));
	if (text[0] == '\0')
		return false;
	pthread_mutex_lock(&lock);
	bool yes = ++made == strtoul(text, NULL, 10);
	pthread_mutex_unlock(&lock);
	return yes;
}

static ck_rv_t
sign(ck_session_handle_t s, unsigned char *data, unsigned long len,
    unsigned char *out, unsigned long *out_len)
{
	ck_rv_t rv = stale_noted(real->C_Sign(s, data, len, out, out_len));

	kill_at();
	if (rv == CKR_OK)
		rv = fails(SHIM_SIGN);
	if (rv == CKR_OK && fails_at(*out_len))
		rv = CKR_FUNCTION_FAILED;
	if (rv == CKR_OK && ordered(&shim_orders.flip))
		out[*out_len / 2] ^= 1;
	if (rv == CKR_OK && shim_orders.signature != 0)
		*out_len = shim_orders.signature;
	return rv;
}

static ck_rv_t
login(ck_session_handle_t s, ck_user_type_t user, unsigned char *pin,
    unsigned long len)
{
	ck_rv_t rv = fails(SHIM_LOGIN);

	hangs("login");
	shim_orders.logins++;
	shim_orders.uses_logged_in += user == CKU_CONTEXT_SPECIFIC;
	return rv != CKR_OK ? rv : real->C_Login(s, user, pin, len);
}

static ck_rv_t
open_session(ck_slot_id_t slot, ck_flags_t flags, void *arg, ck_notify_t notify,
    ck_session_handle_t *s)
{
	ck_rv_t rv = fails(SHIM_OPEN_SESSION);

	hangs("open");
	if (rv == CKR_OK)
		rv = slot_there(slot);
	return rv != CKR_OK ? rv :
	    real->C_OpenSession(slot, flags, arg, notify, s);
}

static ck_rv_t
find(ck_session_handle_t s, struct ck_attribute *a, unsigned long count)
{
	ck_rv_t rv = fails(SHIM_FIND);

	if (rv == CKR_OK)
		rv = session_there(s);
	return rv != CKR_OK ? rv : real->C_FindObjectsInit(s, a, count);
}

static ck_rv_t
find_some(ck_session_handle_t s, ck_object_handle_t *out, unsigned long most,
    unsigned long *count)
{
	ck_rv_t rv = real->C_FindObjects(s, out, most, count);

	if (rv == CKR_OK && shim_orders.found != 0)
		*count = shim_orders.found;
	return rv;
}

static ck_rv_t
slot_list(unsigned char present, ck_slot_id_t *out, unsigned long *count)
{
	ck_rv_t rv = real->C_GetSlotList(present, out, count);

	if (rv == CKR_OK && shim_orders.slots != 0)
		*count = shim_orders.slots;
	return rv;
}

static ck_rv_t
mechanism_info(ck_slot_id_t slot, ck_mechanism_type_t type,
    struct ck_mechanism_info *info)
{
	ck_rv_t rv = fails(SHIM_MECHANISM);

	if (rv == CKR_OK)
		rv = real->C_GetMechanismInfo(slot, type, info);
	if (rv == CKR_OK && shim_orders.most_bits > 0)
		info->max_key_size = shim_orders.most_bits;
	return rv;
}

static ck_rv_t
token_info(ck_slot_id_t slot, struct ck_token_info *info)
{
	const char *flags = getenv("SHIM_TOKEN_FLAGS");
	ck_rv_t rv = real->C_GetTokenInfo(slot, info);

	info->flags |= shim_orders.token_flags;
	if (flags != NULL)
		info->flags |= strtoul(flags, NULL, 0);
	return rv == CKR_OK && is_away(info) ? CKR_TOKEN_NOT_PRESENT : rv;
}

static ck_rv_t
attribute(ck_session_handle_t s, ck_object_handle_t o, struct ck_attribute *a,
    unsigned long count)
{
	ck_rv_t rv = real->C_GetAttributeValue(s, o, a, count);

	if (rv == CKR_OK && count == 1 && shim_orders.lie_about != 0 &&
	    a->type == shim_orders.lie_about && a->value != NULL)
		memcpy(a->value, &shim_orders.lie, 1);
	if (rv == CKR_OK && count == 1 && shim_orders.long_attribute != 0 &&
	    a->type == shim_orders.long_attribute)
		a->value_len = shim_orders.length;
	return rv;
}

ck_rv_t
C_GetFunctionList(struct ck_function_list **out)
{
	ck_rv_t (*get)(struct ck_function_list **) = NULL;
	void *library = dlopen(SOFTHSM, RTLD_NOW);
	void *symbol = library == NULL ? NULL :
	    dlsym(library, "C_GetFunctionList");

	hangs("load");
	if (symbol == NULL)
		return CKR_GENERAL_ERROR;
	memcpy(&get, &symbol, sizeof(get));
	ck_rv_t rv = get(&real);
	if (rv != CKR_OK)
		return rv;
	list = *real;
	list.C_SignInit = sign_init;
	list.C_Sign = sign;
	list.C_Login = login;
	list.C_OpenSession = open_session;
	list.C_CloseSession = close_session;
	list.C_FindObjectsInit = find;
	list.C_FindObjects = find_some;
	list.C_GetSlotList = slot_list;
	list.C_GetTokenInfo = token_info;
	list.C_GetMechanismInfo = mechanism_info;
	list.C_GetAttributeValue = attribute;
	*out = &list;
	return CKR_OK;
}
