/* history - see history.h. */
#include <string.h>

#include "base/text.h"
#include "cli/history.h"
#include "cli/repo.h"
#include "sys/file.h"

#define BRANCH_DEFAULT	"tagseal/ledger"
#define KEY_SIZE	4096	/* bytes of a file with a verifier key */

/* A branch of the clone itself, or of where it came from. */
static bool
find_head(const struct invocation *in, struct history *h, struct err *e)
{
	static const char *const places[] = { "refs/heads/",
	    "refs/remotes/origin/" };
	const char *branch = option_text(in, "branch");

	if (branch == NULL)
		branch = BRANCH_DEFAULT;
	for (size_t i = 0; i < COUNT(places); i++) {
		CLEANUP(buf_done) struct buf name = { 0 };

		buf_text(&name, places[i]);
		buf_text(&name, branch);
		if (repo_object(h->repo, buf_cstr(&name), &h->head, e))
			return true;
	}
	return err_hint(e, "fetch it: git fetch origin '%s:%s'",
	    text_show(span_text(branch)).text,
	    text_show(span_text(branch)).text);
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

bool
history_open(const struct invocation *in, struct history *h, struct err *e)
{
	const char *folder = option_text(in, "repo");

	return repository_find(folder == NULL ? "." : folder, &h->repo, e) &&
	    find_head(in, h, e) && read_key(in, h, e);
}

bool
history_read(struct history *h, struct err *e)
{
	h->fold = fold_new();
	h->ledger = ledger_new(h->repo, &h->trust, &(struct ledger_reader){
	    fold_event, h->fold });
	return ledger_advance(h->ledger, &h->head, e);
}

void
history_done(struct history *h)
{
	ledger_free(h->ledger);
	fold_free(h->fold);
	repository_free(h->repo);
	buf_done(&h->log_key);
}

void
history_note(const struct history *h)
{
	if (h->trust.log_key.len == 0)
		fprintf(stderr, "unverified: the ledger's own word is taken "
		    "for its key; name the key with --log-key\n");
}

bool
history_event(struct history *h, uint64_t n, struct buf *bytes,
    struct json **json, struct event *out, struct err *e)
{
	return ledger_event(h->ledger, n, bytes, e) &&
	    event_parse(buf_span(bytes), n, json, out, e);
}
