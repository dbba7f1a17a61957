/*
 * host - what the engine's host lets the config repo name: local folders; and
 * whether its recovery keys are enough.
 */
#include "base/limits.h"
#include "base/text.h"
#include "config/reading.h"

/* Whole segments: /srv/git holds /srv/git/a, not /srv/github. */
static bool
below(struct span path, const struct text_list *folders)
{
	for (size_t i = 0; i < folders->count; i++) {
		struct span folder = folders->items[i], head;

		if (span_cut(path, 0, folder.len, &head) &&
		    span_eq(head, folder) && (path.len == folder.len ||
		    path.ptr[folder.len] == '/'))
			return true;
	}
	return false;
}

static bool
has_dots(struct span path)
{
	struct span part;

	while (span_split(&path, '/', &part))
		if (span_is(part, "..") || span_is(part, "."))
			return true;
	return false;
}

static void
check_path(struct config_errors *errors, struct place at, struct span path,
    const struct text_list *folders, const char *key)
{
	struct err e;

	if (!span_starts(path, "/") || (below(path, folders) &&
	    !has_dots(path)))
		return;
	err_set(&e, ERR_CONFIG_PATH_OUTSIDE, "%s:%u:%u: \"%s\" lies below "
	    "none of the %s of engine.yaml", at.file, at.line, at.column,
	    text_show(path).text, key);
	config_errors_add(errors, at, &e);
}

bool
config_check_host(const struct config *c, const struct engine_file *host,
    struct config_errors *errors)
{
	size_t before = errors->count;

	for (size_t i = 0; i < host->config.urls.count; i++)
		check_path(errors, host->config.at, host->config.urls.items[i],
		    &host->repositories, "repositories");
	check_path(errors, c->organization.ledger.at,
	    c->organization.ledger.url, &host->repositories, "repositories");
	for (size_t i = 0; i < c->projects.count; i++) {
		const struct project *p = &c->projects.items[i];

		for (size_t k = 0; k < p->repository.count; k++)
			check_path(errors, p->at, p->repository.items[k],
			    &host->repositories, "repositories");
		for (size_t k = 0; k < p->outputs.count; k++)
			check_path(errors, p->outputs.items[k].at,
			    p->outputs.items[k].directory, &host->outputs,
			    "outputs");
	}
	return errors->count == before;
}

/* Without its comment: "kind base64". */
static struct span
key_part(struct span line)
{
	struct span rest = line, word;
	bool two = span_split(&rest, ' ', &word) &&
	    span_split(&rest, ' ', &word);
	struct span key;

	return two && span_cut(line, 0, (size_t)(word.ptr - line.ptr) +
	    word.len, &key) ? key : line;
}

/* Who holds a key that stands here twice would count for two. */
static void
check_recovery(struct reading *r, const struct recovery *v)
{
	for (size_t i = 0; i < v->keys.count; i++)
		for (size_t k = 0; k < i; k++)
			if (span_eq(key_part(v->keys.items[i]),
			    key_part(v->keys.items[k])))
				complain(r, v->at, ERR_CONFIG_TWICE, "recovery "
				    "key %zu is the same as key %zu", i + 1,
				    k + 1);
	if (v->keys.count < v->threshold)
		complain(r, v->at, ERR_CONFIG_VALUE, "%llu recovery keys "
		    "must sign, but there are only %zu",
		    (unsigned long long)v->threshold, v->keys.count);
}

/* They mean one token; without a serial number, any of that label. */
static bool
same_token(const struct token *a, const struct token *b)
{
	return span_eq(a->module, b->module) && span_eq(a->token, b->token) &&
	    (a->serial.len == 0 || b->serial.len == 0 ||
	    span_eq(a->serial, b->serial));
}

/* A module starts once, for all its tokens. */
static bool
other_start(const struct token *a, const struct token *b)
{
	return span_eq(a->module, b->module) &&
	    !span_eq(a->parameters, b->parameters);
}

static void
check_token_pair(struct reading *r, const struct token *tokens, size_t i,
    size_t k)
{
	if (same_token(&tokens[i], &tokens[k]))
		complain(r, tokens[i].at, ERR_CONFIG_TWICE, "token %zu is the "
		    "same as token %zu", i + 1, k + 1);
	if (other_start(&tokens[i], &tokens[k]))
		complain(r, tokens[i].at, ERR_CONFIG_VALUE, "token %zu has "
		    "other parameters than token %zu of the same module",
		    i + 1, k + 1);
}

static void
check_tokens(struct reading *r, const struct token *tokens, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct token *t = &tokens[i];

		if (t->call_limit == 0 || t->call_limit > LIMIT_TOKEN_CALL)
			complain(r, t->at, ERR_CONFIG_VALUE, "call-limit is "
			    "%llu s, not 1 to %d s",
			    (unsigned long long)t->call_limit,
			    LIMIT_TOKEN_CALL);
		for (size_t k = 0; k < i; k++)
			check_token_pair(r, tokens, i, k);
	}
}

void
check_engine_file(struct reading *r, const void *read)
{
	const struct engine_file *f = read;

	check_recovery(r, &f->recovery);
	check_tokens(r, f->tokens.items, f->tokens.count);
}

void
check_trust_file(struct reading *r, const void *read)
{
	const struct trust_file *f = read;
	const struct text_list *w = &f->ledger.witnesses;

	check_recovery(r, &f->recovery);
	for (size_t i = 0; i < w->count && i < WITNESSES_MOST; i++)
		check_witness(r, f->ledger.at, w->items[i], w->items, i);
	check_witness_quorum(r, f->ledger.at, f->ledger.quorum, w->count);
}
