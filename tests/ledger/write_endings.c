/*
 * write_endings FOLDER: writes a ledger with one release for each way in which
 * a request can end, into FOLDER: ledger.git and vkey. Prints the name of each
 * stage and the commit that ends it: a branch that is moved from one to the
 * next is a ledger that grows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger_maker.h"
#include "test.h"

#define HEX40	"0123456789abcdef0123456789abcdef01234567"
#define HEX64	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define REPO	"https://a.example/app.git"
#define HOSTILE	"\\u001b[31mred\\u001b[0m\\r\\nX-FORGED: \\u202enothing"

#define EVENT(m, type, members, ...)					\
	maker_event(m, type, arena_printf((m)->arena, members, __VA_ARGS__))

static void
tell(const struct ledger_maker *m, const char *name)
{
	printf("%s %s\n", name, object_id_hex(ledger_head(m->ledger)).text);
}

static void
stage(struct ledger_maker *m, const char *name)
{
	maker_commit(m);
	tell(m, name);
}

static const char *
waits(struct ledger_maker *m, const struct maker_release *r, const char *nonce)
{
	const char *id = maker_request_for(m, r, nonce);

	EVENT(m, "artifact.resolved", "{\"request\":\"%s\",\"name\":"
	    "\"app.zip\",\"artifact_sha256\":\"" HEX64 "\",\"files\":12,"
	    "\"signatures\":4,\"tree_sha256\":\"%s\"}", id,
	    maker_blob(m, "the tree"));
	EVENT(m, "request.waiting", "{\"request\":\"%s\",\"missing\":["
	    "\"2 of group/release-managers\",\"1 of " HOSTILE "\"]}", id);
	return id;
}

static void
refused(struct ledger_maker *m, const struct maker_release *r,
    const char *request)
{
	EVENT(m, "request.refused", "{%s\"project\":\"%s\",\"repo\":\"%s\",\"ref\":\"%s\","
	    "\"object_id\":\"" HEX40 "\",\"findings\":[{\"code\":"
	    "\"GIT-SIGNER-UNKNOWN\",\"text\":\"" HOSTILE "\"},{\"code\":"
	    "\"NOT-YET-KNOWN\",\"text\":\"from a newer engine\"}]}", request,
	    r->project, r->repo, r->ref);
}

static const struct {
	const char	*stage;
	const char	*ref;
	const char	*type;
	const char	*members;	/* behind the request */
} ends[] = {
	{ "denied", "refs/tags/v3.0", "request.denied", "\"person\":"
	    "\"person/bob\",\"statement_sha256\":\"" HEX64 "\",\"reason\":"
	    "\"built from " HOSTILE "\"" },
	{ "expired", "refs/tags/v4.0", "request.expired",
	    "\"reason\":\"30 days are over\"" },
	{ "cancelled", "refs/tags/v5.0", "request.cancelled",
	    "\"reason\":\"the policy changed\",\"findings\":[{\"code\":"
	    "\"REQUEST-CONFIG-CHANGED\",\"text\":\"the policy changed\"}]" },
	{ "failed", "refs/tags/v6.0", "request.failed", "\"findings\":[{"
	    "\"code\":\"PE-TRUNCATED\",\"text\":\"setup.exe: cut short\"}]" },
};

static void
write_ends(struct ledger_maker *m)
{
	for (size_t i = 0; i < COUNT(ends); i++) {
		struct maker_release r = { "acme-app", REPO, ends[i].ref };

		maker_seen(m, &r);
		const char *id = waits(m, &r, ends[i].stage);
		EVENT(m, ends[i].type, "{\"request\":\"%s\",%s}", id,
		    ends[i].members);
		stage(m, ends[i].stage);
	}
}

static void
write_refusals(struct ledger_maker *m)
{
	static const struct maker_release two = { "acme-app", REPO,
		"refs/tags/v2.0" }, seven = { "acme-app", REPO,
		"refs/heads/release" };

	maker_seen(m, &two);
	refused(m, &two, "");
	stage(m, "refused");
	waits(m, &two, "again");
	stage(m, "again");
	maker_seen(m, &seven);
	const char *id = waits(m, &seven, "seven");
	refused(m, &seven, arena_printf(m->arena, "\"request\":\"%s\",", id));
	stage(m, "refused-request");
}

/* The same tag in two repositories: one is refused, one waits. */
static void
write_twins(struct ledger_maker *m)
{
	static const struct maker_release ours = { "acme-app", REPO,
		"refs/tags/v8.0" }, theirs = { "other-app",
		"https://b.example/other.git", "refs/tags/v8.0" };

	maker_seen(m, &ours);
	waits(m, &ours, "ours");
	maker_seen(m, &theirs);
	refused(m, &theirs, "");
	stage(m, "twins");
}

/* A crash while a key was in use, and what the engine says of it. */
static void
write_crash(struct ledger_maker *m)
{
	static const struct maker_release nine = { "acme-app", REPO,
		"refs/tags/v9.0" };

	maker_seen(m, &nine);
	const char *id = waits(m, &nine, "nine");
	uint64_t n = maker_intend(m, id, "nine");
	tell(m, "open");
	maker_unknown(m, id, n);
	tell(m, "unknown");
}

int
main(int argc, char **argv)
{
	static const struct maker_release one = { "acme-app", REPO,
		"refs/tags/v1.0" };
	struct ledger_maker m;

	if (argc != 2 || chdir(argv[1]) != 0)
		return 2;
	maker_init(&m, "ledger.git", "ed25519", "ed25519");
	FILE *f = fopen("vkey", "wb");
	if (f == NULL || fwrite(m.trust.log_key.ptr, 1, m.trust.log_key.len,
	    f) != m.trust.log_key.len || fclose(f) != 0)
		return 5;
	maker_seen(&m, &one);
	stage(&m, "seen");
	const char *id = waits(&m, &one, "one");
	stage(&m, "waiting");
	maker_complete(&m, id, "one");
	tell(&m, "completed");
	write_refusals(&m);
	write_ends(&m);
	write_twins(&m);
	refused(&m, &one, "");
	stage(&m, "moved");
	write_crash(&m);
	maker_done(&m);
	return 0;
}
