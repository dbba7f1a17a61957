/*
 * witness - watches logs of others: cosigns checkpoints that only add to what
 * it saw before (C2SP tlog-witness). Its key lives in a token like every
 * other; what it saw last stands in a folder.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/serve.h"
#include "cli/token.h"
#include "ledger/witness.h"
#include "sys/clock.h"
#include "sys/file.h"

#define ARENA		((size_t)4 << 20)
#define LOGS		1000	/* that one witness watches */
#define SECOND		1000	/* ms */

/* Where one log stands, beside its witness_log. */
struct place {
	const char	*file;	/* of what was seen last, with our line */
	struct buf	 seen;	/* its bytes; empty: nothing yet */
};

struct witness {
	struct arena		*arena;
	struct token		*token;
	struct note_key		 key;
	struct witness_log	*logs;
	struct place		*places;
	size_t			 count;
	struct http_route	*routes;
	int			 lock;
	uint64_t		 cosigned;
};

static void
witness_done(struct witness *w)
{
	for (size_t i = 0; i < w->count; i++)
		buf_done(&w->places[i].seen);
	token_close(w->token);
	fd_done(&w->lock);
	arena_free(w->arena);
}

/* ---- requests */

static bool
cosign(struct witness *w, struct span text, struct buf *line, struct arena *a,
    struct err *e)
{
	CLEANUP(buf_done) struct buf message = { 0 };
	uint64_t now = (uint64_t)clock_now() / SECOND;
	struct to_be_signed t;
	struct span value;

	cosignature_plan(text, now, &message, &t);
	return token_sign(w->token, &t, "checkpoint", &value, a, e) &&
	    cosignature_finish(&w->key, text, now, value, line, e);
}

/* What was seen is on the disk before anybody gets the line. */
static bool
see(struct witness *w, const struct witness_found *f, struct buf *line,
    struct arena *a, struct err *e)
{
	CLEANUP(buf_done) struct buf note = { 0 };
	struct witness_log *l = &w->logs[f->log];
	struct place *p = &w->places[f->log];

	if (!cosign(w, f->note.text, line, a, e))
		return false;
	buf_put(&note, f->note.text);
	buf_u8(&note, '\n');
	for (size_t i = 0; i < f->note.count; i++) {
		const struct note_line *by = &f->note.lines[i];

		if (note_line_by(by, &l->key))
			note_line_write(&l->key, by->signature, &note);
	}
	buf_put(&note, buf_span(line));
	if (!file_replace_span(p->file, buf_span(&note), FILE_PLAIN, e))
		return false;
	l->size = f->checkpoint.size;
	l->root = f->checkpoint.root;
	p->seen.len = 0;
	buf_put(&p->seen, buf_span(&note));
	w->cosigned++;
	return true;
}

static void
refuse(struct http_reply *reply, unsigned status, const struct err *e)
{
	reply->status = status;
	reply->body.len = 0;
	buf_printf(&reply->body, "%s: %s\n", e->what->code, e->text);
	err_print(stderr, e, false);
}

static void
on_checkpoint(void *arg, const struct http_request *request,
    struct http_reply *reply)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
	struct witness *w = arg;
	struct witness_found found;
	struct err e;

	enum witness_status s = witness_judge(a, w->logs, w->count,
	    request->body, &found, &e);
	if (s == WITNESS_GOOD) {
		if (!see(w, &found, &reply->body, a, &e))
			refuse(reply, 500, &e);
		return;
	}
	refuse(reply, s, &e);
	if (s != WITNESS_CONFLICT)
		return;
	reply->content_type = "text/x.tlog.size";
	reply->body.len = 0;
	buf_printf(&reply->body, "%llu\n",
	    (unsigned long long)w->logs[found.log].size);
}

/* Each log has its route, in the order of the logs. */
static void
on_seen(void *arg, const struct http_request *request,
    struct http_reply *reply)
{
	struct witness *w = arg;

	for (size_t i = 0; i < w->count; i++)
		if (strcmp(w->routes[i + 1].path, request->path) == 0)
			buf_put(&reply->body, buf_span(&w->places[i].seen));
	if (reply->body.len > 0)
		return;
	reply->status = 404;
	buf_text(&reply->body, "nothing was seen of this log yet\n");
}

/* ---- what it begins with */

/* What was seen of a log before. */
static bool
read_seen(const struct witness *w, struct witness_log *l, struct place *p,
    struct err *e)
{
	struct checkpoint c;
	struct note n;
	struct err why;

	if (!file_load(p->file, WITNESS_LIMIT, &p->seen, e))
		return err_is(e, ERR_FILE_MISSING);
	if (!note_parse(w->arena, buf_span(&p->seen), &n, &why) ||
	    !note_check(&n, &l->key, &why) ||
	    !checkpoint_parse_extended(n.text, &c, &why))
		return err_set(e, ERR_WITNESS_STATE, "%s: %s", p->file,
		    why.text);
	if (!span_eq(c.origin, l->key.name))
		return err_set(e, ERR_WITNESS_STATE, "%s: of \"%s\", not of "
		    "\"%s\"", p->file, text_show(c.origin).text,
		    text_show(l->key.name).text);
	l->size = c.size;
	l->root = c.root;
	return true;
}

static bool
add_log(struct witness *w, const char *folder, const char *vkey, struct err *e)
{
	CLEANUP(buf_done) struct buf file = { 0 }, path = { 0 };
	struct witness_log *l = &w->logs[w->count];
	struct place *p = &w->places[w->count];

	if (!note_key_parse(w->arena, span_text(vkey), &l->key, e))
		return err_at(e, "--log %s", text_show(span_text(vkey)).text);
	for (size_t i = 0; i < w->count; i++)
		if (span_eq(w->logs[i].key.name, l->key.name))
			return err_set(e, ERR_USAGE, "two keys for the log %s",
			    text_show(l->key.name).text);
	l->root = merkle_empty();
	struct digest id = digest_of(DIGEST_SHA256, l->key.name);
	buf_printf(&file, "%s/%s", folder, digest_hex(&id).text);
	buf_printf(&path, "/%s/checkpoint", digest_hex(&id).text);
	p->file = arena_text(w->arena, buf_span(&file));
	w->routes[w->count + 1] = (struct http_route){ "GET",
	    arena_text(w->arena, buf_span(&path)), 0, on_seen };
	if (p->file == NULL || w->routes[w->count + 1].path == NULL)
		return err_budget(e, w->arena);
	w->count++;
	return read_seen(w, l, p, e);
}

static bool
add_logs(struct witness *w, const struct invocation *in, const char *folder,
    struct err *e)
{
	const char *vkey;
	size_t n = 0;

	while (option_nth(in, "log", n) != NULL)
		n++;
	if (n == 0 || n > LOGS)
		return err_set(e, ERR_USAGE, "a witness watches 1 to %d logs: "
		    "give --log for each", LOGS);
	w->logs = ARENA_ARRAY(w->arena, struct witness_log, n);
	w->places = ARENA_ARRAY(w->arena, struct place, n);
	w->routes = ARENA_ARRAY(w->arena, struct http_route, n + 2);
	if (w->logs == NULL || w->places == NULL || w->routes == NULL)
		return err_budget(e, w->arena);
	w->routes[0] = (struct http_route){ "POST", "/add-checkpoint",
	    WITNESS_LIMIT, on_checkpoint };
	for (size_t i = 0; (vkey = option_nth(in, "log", i)) != NULL; i++)
		if (!add_log(w, folder, vkey, e))
			return false;
	return true;
}

/* Whoever can write there can make us forget what we saw. */
static bool
open_folder(struct witness *w, const char *folder, struct err *e)
{
	CLEANUP(buf_done) struct buf lock = { 0 };
	struct stat st;

	if (!folder_make(folder, 0700, e))
		return false;
	if (stat(folder, &st) != 0)
		return err_errno(e, ERR_FILE_ACCESS, "%s", folder);
	if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(e, ERR_WITNESS_EXPOSED, "%s belongs to user %u "
		    "and has mode %03o: others can change it", folder,
		    (unsigned)st.st_uid, (unsigned)st.st_mode & 0777);
	buf_printf(&lock, "%s/lock", folder);
	return file_lock(buf_cstr(&lock), &w->lock, e);
}

static bool
open_key(struct witness *w, const struct invocation *in, struct err *e)
{
	const char *uri, *name;
	struct token_key key;

	return option_need(in, "key", &uri, e) &&
	    option_need(in, "name", &name, e) &&
	    token_open(in, uri, &w->token, e) &&
	    token_find(w->token, w->arena, &key, e) &&
	    cosigner_make(w->arena, span_text(name), key.spki, &w->key, e);
}

static bool
prepare(struct witness *w, const struct invocation *in, struct err *e)
{
	const char *folder;

	return option_need(in, "state", &folder, e) && open_key(w, in, e) &&
	    open_folder(w, folder, e) && add_logs(w, in, folder, e);
}

/* ---- serving */

static void
tell(const struct witness *w, uint16_t port)
{
	CLEANUP(buf_done) struct buf vkey = { 0 };

	note_key_write(&w->key, &vkey);
	printf("http://127.0.0.1:%u/\n%s\n", port, buf_cstr(&vkey));
	fflush(stdout);
}

static bool
serve(struct witness *w, const struct invocation *in, int signals,
    struct err *e)
{
	CLEANUP(http_done) struct http_server *s = NULL;
	const char *address = option_text(in, "listen");

	if (!http_listen(address == NULL ? "127.0.0.1:8319" : address,
	    w->routes, w, &s, e))
		return false;
	tell(w, http_port(s));
	if (!serve_until(s, signals, e))
		return false;
	fprintf(stderr, "%llu checkpoints cosigned\n",
	    (unsigned long long)w->cosigned);
	return true;
}

static int
run(const struct invocation *in, struct err *e)
{
	struct witness w = { .arena = arena_new(ARENA), .lock = -1 };
	CLEANUP(fd_done) int signals = -1;

	bool ok = serve_signals(&signals, e) && prepare(&w, in, e) &&
	    serve(&w, in, signals, e);
	witness_done(&w);
	return ok ? EXIT_YES : -1;
}

static const struct option_row options[] = {
	{ "log", 0, "VKEY", "a log to watch: its verifier key", true },
	{ "name", 0, "NAME", "the witness's own name: witness.example.org",
	    false },
	{ "key", 0, "URI", "its key, Ed25519: pkcs11:token=...;object=...",
	    false },
	{ "state", 0, "DIR", "where it keeps what it saw last of each log",
	    false },
	{ "listen", 0, "ADDRESS", "where to listen (default 127.0.0.1:8319; "
	    "port 0: any)", false },
	TOKEN_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command witness_command = {
	.name = "witness",
	.summary = "watch ledgers of others, cosign what only grew",
	.arguments = "",
	.options = options,
	.details = "Answers POST /add-checkpoint (C2SP tlog-witness) until it "
	    "is stopped: whoever sends a\ncheckpoint that a log of --log "
	    "signed, and the proof that the log only grew since the\nlast "
	    "one, gets a cosignature. A log that shows different people "
	    "different histories\ngets none for the second. GET /<SHA-256 of "
	    "the log's name>/checkpoint shows what was\nseen last.\n\n"
	    "The first lines printed are its address and its verifier key, "
	    "which logs and readers\ndeclare. It speaks plain HTTP: put a "
	    "proxy with TLS before it. What it saw last is\nin --state, which "
	    "only its own user may change: without it, it begins anew and "
	    "would\nbelieve what it is shown first. Refusals go to standard "
	    "error, one a line; under\nsystemd both are the journal's.",
	.example = "tagseal key make --token pkcs11:token=witness --label "
	    "cosign --algorithm ed25519\n"
	    "tagseal witness --log \"$(cat ledger.vkey)\" --name "
	    "witness.example.org \\\n"
	    "    --key 'pkcs11:token=witness;object=cosign' --state "
	    "/var/lib/tagseal-witness",
	.run = run,
};
