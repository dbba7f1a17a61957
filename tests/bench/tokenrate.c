/*
 * tokenrate - what a token gives by itself, without anything of ours:
 *
 *	tokenrate MODULE TOKEN PIN rate LABEL SECONDS SESSIONS...
 *	tokenrate MODULE TOKEN PIN open LABEL
 *	tokenrate MODULE TOKEN PIN make COUNT
 *
 * "rate" prints signatures per second through C_SignInit and C_Sign with so
 * many sessions at once, a number for each; "open" ms until the module was
 * loaded and logged in to, and until the key was found; "make" puts COUNT keys
 * (P-256) into the token, and prints nothing.
 */
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SESSIONS	64	/* most of them */
#define SLOTS		64

struct bench {
	CK_FUNCTION_LIST	*p11;
	CK_SLOT_ID		 slot;
	const char		*label;
	double			 seconds;
};

struct run {
	const struct bench	*bench;
	pthread_t		 thread;
	unsigned long		 count;
};

static void
must(CK_RV rv, const char *what)
{
	if (rv == CKR_OK)
		return;
	fprintf(stderr, "tokenrate: %s: 0x%lx\n", what, (unsigned long)rv);
	exit(2);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
slot_find(struct bench *b, const char *token)
{
	CK_SLOT_ID slots[SLOTS];
	CK_ULONG count = SLOTS;
	CK_TOKEN_INFO info;

	must(b->p11->C_GetSlotList(CK_TRUE, slots, &count), "C_GetSlotList");
	for (CK_ULONG i = 0; i < count; i++) {
		must(b->p11->C_GetTokenInfo(slots[i], &info),
		    "C_GetTokenInfo");
		if (strncmp((const char *)info.label, token,
		    strlen(token)) == 0) {
			b->slot = slots[i];
			return;
		}
	}
	must(CKR_TOKEN_NOT_PRESENT, token);
}

static CK_OBJECT_HANDLE
key_find(const struct bench *b, CK_SESSION_HANDLE session)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE want[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_LABEL, (void *)(uintptr_t)b->label, strlen(b->label) },
	};
	CK_OBJECT_HANDLE key;
	CK_ULONG count;

	must(b->p11->C_FindObjectsInit(session, want, 2), "C_FindObjectsInit");
	must(b->p11->C_FindObjects(session, &key, 1, &count),
	    "C_FindObjects");
	must(b->p11->C_FindObjectsFinal(session), "C_FindObjectsFinal");
	must(count == 1 ? CKR_OK : CKR_KEY_HANDLE_INVALID, b->label);
	return key;
}

/* What a key of each type signs, and how. */
static const struct {
	CK_KEY_TYPE		type;
	CK_MECHANISM_TYPE	mechanism;
	CK_ULONG		len;
} uses[] = {
	{ CKK_RSA, CKM_RSA_PKCS, 51 },	/* DigestInfo of SHA-256 */
	{ CKK_EC, CKM_ECDSA, 32 },
	{ CKK_EC_EDWARDS, CKM_EDDSA, 64 },
};

static unsigned
use_of(const struct bench *b, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_KEY_TYPE type;
	CK_ATTRIBUTE a = { CKA_KEY_TYPE, &type, sizeof(type) };
	unsigned i = 0;

	must(b->p11->C_GetAttributeValue(session, key, &a, 1), "key type");
	while (i < sizeof(uses) / sizeof(uses[0]) && uses[i].type != type)
		i++;
	must(i == sizeof(uses) / sizeof(uses[0]) ? CKR_KEY_TYPE_INCONSISTENT :
	    CKR_OK, "key type");
	return i;
}

static void *
sign(void *arg)
{
	struct run *r = arg;
	const struct bench *b = r->bench;
	CK_BYTE data[64] = { 0x30, 0x31 }, out[1024];
	CK_SESSION_HANDLE session;
	double end = now() + b->seconds;

	must(b->p11->C_OpenSession(b->slot, CKF_SERIAL_SESSION, NULL, NULL,
	    &session), "C_OpenSession");
	CK_OBJECT_HANDLE key = key_find(b, session);
	unsigned use = use_of(b, session, key);
	CK_MECHANISM mechanism = { uses[use].mechanism, NULL, 0 };
	for (r->count = 0; now() < end; r->count++) {
		CK_ULONG len = sizeof(out);

		must(b->p11->C_SignInit(session, &mechanism, key),
		    "C_SignInit");
		must(b->p11->C_Sign(session, data, uses[use].len, out, &len),
		    "C_Sign");
	}
	must(b->p11->C_CloseSession(session), "C_CloseSession");
	return NULL;
}

static double
rate(const struct bench *b, unsigned sessions)
{
	struct run runs[SESSIONS];
	unsigned long count = 0;

	for (unsigned i = 0; i < sessions; i++) {
		runs[i] = (struct run){ .bench = b };
		pthread_create(&runs[i].thread, NULL, sign, &runs[i]);
	}
	for (unsigned i = 0; i < sessions; i++) {
		pthread_join(runs[i].thread, NULL);
		count += runs[i].count;
	}
	return (double)count / b->seconds;
}

static int
rate_main(struct bench *b, CK_SESSION_HANDLE session, int argc, char **argv)
{
	(void)session;
	if (argc < 3)
		return 2;
	b->label = argv[0];
	b->seconds = atof(argv[1]);
	for (int i = 2; i < argc; i++) {
		unsigned sessions = (unsigned)atoi(argv[i]);

		if (sessions == 0 || sessions > SESSIONS)
			return 2;
		printf("%.0f%c", rate(b, sessions), i + 1 == argc ? '\n' : ' ');
	}
	return 0;
}

static int
open_main(struct bench *b, CK_SESSION_HANDLE session, int argc, char **argv)
{
	double began = b->seconds, opened = now();

	if (argc != 1)
		return 2;
	b->label = argv[0];
	key_find(b, session);
	printf("%.1f %.1f\n", (opened - began) * 1e3, (now() - began) * 1e3);
	return 0;
}

static void
key_make(const struct bench *b, CK_SESSION_HANDLE session, unsigned number)
{
	static CK_BYTE p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
	    0x03, 0x01, 0x07 };
	CK_BBOOL yes = CK_TRUE;
	CK_MECHANISM mechanism = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_OBJECT_HANDLE public, private;
	char label[32];
	int len = snprintf(label, sizeof(label), "spare-%05u", number);
	CK_ATTRIBUTE open[] = {
		{ CKA_TOKEN, &yes, sizeof(yes) },
		{ CKA_VERIFY, &yes, sizeof(yes) },
		{ CKA_LABEL, label, (CK_ULONG)len },
		{ CKA_ID, label, (CK_ULONG)len },
		{ CKA_EC_PARAMS, p256, sizeof(p256) },
	}, closed[] = {
		{ CKA_TOKEN, &yes, sizeof(yes) },
		{ CKA_PRIVATE, &yes, sizeof(yes) },
		{ CKA_SENSITIVE, &yes, sizeof(yes) },
		{ CKA_SIGN, &yes, sizeof(yes) },
		{ CKA_LABEL, label, (CK_ULONG)len },
		{ CKA_ID, label, (CK_ULONG)len },
	};

	must(b->p11->C_GenerateKeyPair(session, &mechanism, open,
	    sizeof(open) / sizeof(open[0]), closed,
	    sizeof(closed) / sizeof(closed[0]), &public, &private),
	    "C_GenerateKeyPair");
}

static int
make_main(struct bench *b, CK_SESSION_HANDLE session, int argc, char **argv)
{
	if (argc != 1)
		return 2;
	for (unsigned i = 0; i < (unsigned)atoi(argv[0]); i++)
		key_make(b, session, i);
	return 0;
}

static const struct {
	const char	*name;
	CK_FLAGS	 flags;
	int		(*run)(struct bench *, CK_SESSION_HANDLE, int, char **);
} verbs[] = {
	{ "rate", 0, rate_main },
	{ "open", 0, open_main },
	{ "make", CKF_RW_SESSION, make_main },
};

static CK_SESSION_HANDLE
token_open(struct bench *b, char **argv, CK_FLAGS flags)
{
	CK_C_INITIALIZE_ARGS threads = { .flags = CKF_OS_LOCKING_OK };
	void *module = dlopen(argv[1], RTLD_NOW);
	CK_C_GetFunctionList list = NULL;
	CK_SESSION_HANDLE session;

	if (module != NULL)
		*(void **)&list = dlsym(module, "C_GetFunctionList");
	must(list == NULL ? CKR_GENERAL_ERROR : list(&b->p11), argv[1]);
	must(b->p11->C_Initialize(&threads), "C_Initialize");
	slot_find(b, argv[2]);
	must(b->p11->C_OpenSession(b->slot, CKF_SERIAL_SESSION | flags, NULL,
	    NULL, &session), "C_OpenSession");
	must(b->p11->C_Login(session, CKU_USER, (CK_UTF8CHAR *)argv[3],
	    strlen(argv[3])), "C_Login");
	return session;
}

int
main(int argc, char **argv)
{
	struct bench b = { .seconds = now() };	/* "open": since when */
	int code = 2;

	for (size_t i = 0; argc > 4 && i < sizeof(verbs) / sizeof(verbs[0]);
	    i++)
		if (strcmp(argv[4], verbs[i].name) == 0)
			code = verbs[i].run(&b, token_open(&b, argv,
			    verbs[i].flags), argc - 5, argv + 5);
	if (code != 0)
		fprintf(stderr, "usage: see tests/bench/tokenrate.c\n");
	return code;
}
