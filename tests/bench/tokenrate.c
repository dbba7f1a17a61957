/*
 * tokenrate - what a token gives by itself: RSA PKCS#1 v1.5 signatures per
 * second through C_SignInit and C_Sign, with one session and with two.
 *
 *	tokenrate MODULE TOKEN LABEL PIN SECONDS
 *
 * Prints two numbers. It knows nothing of the engine.
 */
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SESSIONS	2
#define SLOTS		64

struct bench {
	CK_FUNCTION_LIST	*p11;
	CK_SLOT_ID		 slot;
	const char		*label;
	const char		*pin;
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

static void *
sign(void *arg)
{
	struct run *r = arg;
	const struct bench *b = r->bench;
	CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
	CK_BYTE digest_info[51] = { 0x30, 0x31 }, out[1024];
	CK_SESSION_HANDLE session;
	double end = now() + b->seconds;

	must(b->p11->C_OpenSession(b->slot, CKF_SERIAL_SESSION, NULL, NULL,
	    &session), "C_OpenSession");
	CK_OBJECT_HANDLE key = key_find(b, session);
	for (r->count = 0; now() < end; r->count++) {
		CK_ULONG len = sizeof(out);

		must(b->p11->C_SignInit(session, &mechanism, key),
		    "C_SignInit");
		must(b->p11->C_Sign(session, digest_info,
		    sizeof(digest_info), out, &len), "C_Sign");
	}
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

int
main(int argc, char **argv)
{
	CK_C_INITIALIZE_ARGS threads = { .flags = CKF_OS_LOCKING_OK };
	CK_SESSION_HANDLE session;

	if (argc != 6) {
		fprintf(stderr, "usage: see tests/bench/tokenrate.c\n");
		return 2;
	}
	struct bench b = { .label = argv[3], .pin = argv[4],
	    .seconds = atof(argv[5]) };
	void *module = dlopen(argv[1], RTLD_NOW);
	CK_C_GetFunctionList list = NULL;
	if (module != NULL)
		*(void **)&list = dlsym(module, "C_GetFunctionList");
	must(list == NULL ? CKR_GENERAL_ERROR : list(&b.p11), argv[1]);
	must(b.p11->C_Initialize(&threads), "C_Initialize");
	slot_find(&b, argv[2]);
	must(b.p11->C_OpenSession(b.slot, CKF_SERIAL_SESSION, NULL, NULL,
	    &session), "C_OpenSession");
	must(b.p11->C_Login(session, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)b.pin,
	    strlen(b.pin)), "C_Login");
	for (unsigned n = 1; n <= SESSIONS; n++)
		printf("%.0f%c", rate(&b, n), n == SESSIONS ? '\n' : ' ');
	return 0;
}
