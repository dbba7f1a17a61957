/* history - see history.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/history.h"
#include "cli/repo.h"
#include "cli/trust.h"
#include "sys/file.h"

#define KEY_SIZE	4096	/* bytes of a file with a verifier key */

static bool
find_at(const struct invocation *in, struct history *h, const char *place,
    struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 };
	const char *branch = option_text(in, "branch");

	buf_printf(&name, "%s/%s", place, branch == NULL ? HISTORY_BRANCH :
	    branch);
	return repo_object(h->repo, buf_cstr(&name), &h->head, e);
}

/* A branch of the clone itself, or of where it came from. */
static bool
find_head(const struct invocation *in, struct history *h, struct err *e)
{
	static const char *const places[] = { "refs/heads",
	    "refs/remotes/origin" };
	const char *branch = option_text(in, "branch");

	if (branch == NULL)
		branch = HISTORY_BRANCH;
	for (size_t i = 0; i < COUNT(places); i++)
		if (find_at(in, h, places[i], e))
			return true;
	return err_hint(e, "fetch it: git fetch origin '%s:%s'",
	    text_show(span_text(branch)).text,
	    text_show(span_text(branch)).text);
}

static bool
find_fetched(const struct invocation *in, struct history *h,
    const char *remote, struct err *e)
{
	CLEANUP(buf_done) struct buf place = { 0 };

	buf_printf(&place, "refs/remotes/%s", remote);
	return find_at(in, h, buf_cstr(&place), e);
}

/* The key as it is, or a file that holds it. */
static bool
read_key(const struct invocation *in, struct history *h, struct err *e)
{
	const char *text = option_text(in, "log-key");

	if (text == NULL)
		return true;
	if (strchr(text, '+') != NULL)
		buf_text(&h->log_key, text);
	else if (!file_load(text, KEY_SIZE, &h->log_key, e))
		return err_at(e, "--log-key");
	while (h->log_key.len > 0 && h->log_key.ptr[h->log_key.len - 1] == '\n')
		h->log_key.len--;
	h->trust.log_key = buf_span(&h->log_key);
	return true;
}

static bool
open_folder(const struct invocation *in, struct history *h,
    const char *folder, struct err *e)
{
	return repository_find(folder, &h->repo, e) && read_key(in, h, e);
}

static bool
open_repo(const struct invocation *in, struct history *h, struct err *e)
{
	const char *folder = option_text(in, "repo");

	return open_folder(in, h, folder == NULL ? "." : folder, e);
}

bool
history_open(const struct invocation *in, struct history *h, struct err *e)
{
	return open_repo(in, h, e) && find_head(in, h, e);
}

bool
history_open_at(const struct invocation *in, struct history *h,
    const char *folder, struct err *e)
{
	return open_folder(in, h, folder, e) && find_head(in, h, e);
}

static bool
read_witnesses(struct history *h, const struct host_ledger *l, struct err *e)
{
	struct note_key *keys = ARENA_ARRAY(h->arena, struct note_key,
	    l->witnesses.count + 1);

	if (keys == NULL)
		return err_budget(e, h->arena);
	for (size_t i = 0; i < l->witnesses.count; i++)
		if (!cosigner_parse(h->arena, l->witnesses.items[i], &keys[i],
		    e))
			return false;
	h->trust.witnesses = keys;
	h->trust.witness_count = l->witnesses.count;
	h->trust.quorum = (size_t)l->quorum;
	return true;
}

static bool
read_pins(struct history *h, struct err *e)
{
	struct trust_file trust;

	h->arena = arena_new(LIMIT_CONFIG_ARENA);
	if (!trust_read(h->trust_file, h->arena, &trust, e) ||
	    !read_witnesses(h, &trust.ledger, e))
		return false;
	h->pins = trust.ledger.keys;
	if (h->trust.pin.size == 0) {
		h->trust.pin.size = trust.ledger.at_least.size;
		memcpy(h->trust.pin.root.bytes, trust.ledger.at_least.root,
		    sizeof(h->trust.pin.root.bytes));
	}
	if (h->pins.count > 0)
		h->trust.log_key = h->pins.items[0];
	return true;
}

bool
history_keys(const struct invocation *in, struct history *h, struct err *e)
{
	return read_key(in, h, e) && (h->trust.log_key.len > 0 ||
	    read_pins(h, e));
}

static bool
read_by_key(struct history *h, void *unused, struct err *e)
{
	(void)unused;
	ledger_free(TAKE(h->ledger));
	fold_free(TAKE(h->fold));
	h->fold = fold_new();
	h->ledger = ledger_new(h->repo, &h->trust, &(struct ledger_reader){
	    fold_event, h->fold });
	ledger_threads(h->ledger, 0);
	return ledger_advance(h->ledger, &h->head, e);
}

/* The ledger has one key; which of the pins, its format says. */
bool
history_try(struct history *h, bool (*read)(struct history *, void *,
    struct err *), void *arg, struct err *e)
{
	if (h->trust.log_key.len == 0 && !read_pins(h, e))
		return false;
	bool ok = read(h, arg, e);
	for (size_t i = 1; !ok && err_is(e, ERR_LEDGER_FORMAT) &&
	    i < h->pins.count; i++) {
		h->trust.log_key = h->pins.items[i];
		ok = read(h, arg, e);
	}
	return ok;
}

bool
history_read(struct history *h, struct err *e)
{
	return history_try(h, read_by_key, NULL, e);
}

bool
history_follow(const struct invocation *in, struct history *h,
    const char *remote, struct err *e)
{
	if (h->repo == NULL ? !open_repo(in, h, e) :
	    !repository_refresh(h->repo, e))
		return false;
	if (remote == NULL ? !find_head(in, h, e) :
	    !find_fetched(in, h, remote, e))
		return false;
	return h->ledger == NULL ? history_read(h, e) :
	    ledger_advance(h->ledger, &h->head, e);
}

void
history_done(struct history *h)
{
	ledger_free(h->ledger);
	fold_free(h->fold);
	repository_free(h->repo);
	buf_done(&h->log_key);
	arena_free(h->arena);
}

void
history_note(const struct history *h)
{
	if (h->trust.log_key.len == 0)
		fprintf(stderr, "unverified: the ledger's own word is taken "
		    "for its key; name the key with --log-key, or pin it in "
		    "~/.config/tagseal/trust.yaml\n");
}

const struct fold_request *
history_request(const struct history *h, const char *prefix, struct err *e)
{
	bool several = false;
	const struct fold_request *q = fold_request_prefix(h->fold,
	    span_text(prefix), &several);

	if (q == NULL)
		err_set(e, ERR_REQUEST_UNKNOWN, several ?
		    "several requests begin with '%s'" :
		    "no request begins with '%s'",
		    text_show(span_text(prefix)).text);
	return q;
}

bool
history_event(struct history *h, uint64_t n, struct buf *bytes,
    struct json **json, struct event *out, struct err *e)
{
	return ledger_event_read(h->ledger, n, bytes, json, out, e);
}
