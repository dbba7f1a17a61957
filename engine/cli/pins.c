/* pins - see pins.h. */
#include "base/limits.h"
#include "base/text.h"
#include "cli/message.h"
#include "cli/pins.h"
#include "cli/repo.h"
#include "crypto/note.h"
#include "crypto/sshsig.h"

/* The commit's key signs as SSH key, or nobody could check its commits. */
static bool
commit_key_check(const struct config *c, struct arena *a, struct err *e)
{
	const struct certificate *x = config_certificate(c,
	    c->organization.ledger.commits);
	struct ssh_key key;

	return ssh_key_parse_line(a, x->public, &key, e) ||
	    err_at(e, "%s", x->at.file);
}

/* Who trusts a ledger names it by its key: the key has the ledger's name. */
static bool
log_key_check(const struct config *c, struct arena *a, struct span *out,
    struct err *e)
{
	const struct ledger_config *l = &c->organization.ledger;
	const struct certificate *x = config_certificate(c, l->checkpoints);
	struct note_key key;

	if (!note_key_parse(a, x->public, &key, e))
		return err_at(e, "%s", x->at.file);
	if (!span_eq(key.name, l->id)) {
		err_set(e, ERR_NOTE_KEY, "%s: the verifier key is of \"%s\", "
		    "the ledger is \"%s\"", x->at.file,
		    text_show(key.name).text, text_show(l->id).text);
		return err_hint(e, "make them the same: 'ledger' of "
		    "tagseal.yaml, and --ledger of 'tagseal init keys'");
	}
	*out = x->public;
	return true;
}

bool
pins_read(struct repository *r, const char *commit, struct pins *out,
    struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(config_done) struct config *config = NULL;
	struct object_id id, tree;
	struct pins p = { 0 };

	if (!repo_commit(r, commit, &id, e) || !repo_tree(r, &id, &tree, e))
		return false;
	if (!config_load(r, &tree, &config, &errors))
		return repo_errors(&errors, e);
	if (!commit_key_check(config, a, e) ||
	    !log_key_check(config, a, &p.log_key, e) ||
	    !chain_pin_of(r, &id, &p.root, e))
		return false;
	p.config = TAKE(config);
	*out = p;
	return true;
}

void
pins_done(struct pins *p)
{
	config_free(p->config);
}

void
yaml_list(const struct span *items, size_t count, struct buf *out)
{
	buf_text(out, "[");
	for (size_t i = 0; i < count; i++) {
		buf_text(out, i > 0 ? ", " : "");
		message_text(out, items[i]);
	}
	buf_text(out, "]");
}

static void
put_hash(struct buf *out, const char *key, const uint8_t hash[32])
{
	buf_printf(out, "    %s: \"", key);
	text_hex((struct span){ hash, 32 }, out);
	buf_text(out, "\"\n");
}

void
pins_write(const struct pins *p, const struct span *urls, size_t count,
    struct buf *out)
{
	buf_text(out, "config:\n  id: ");
	message_text(out, p->config->organization.id);
	if (count > 0) {
		buf_text(out, "\n  urls: ");
		yaml_list(urls, count, out);
	}
	buf_printf(out, "\n  root:    # the commit that all trust starts from\n"
	    "    commit: \"%s\"\n", object_id_hex(&p->root.commit).text);
	put_hash(out, "payload-sha256", p->root.payload_sha256);
	put_hash(out, "manifest-sha256", p->root.manifest_sha256);
	buf_text(out, "ledger:\n  keys: ");
	yaml_list(&p->log_key, 1, out);
	buf_text(out, "\n");
}

void
recovery_write(const struct span *keys, size_t count, const char *threshold,
    struct buf *out)
{
	if (count == 0)
		return;
	buf_text(out, "recovery:    # offline keys that set the config repo's "
	    "chain on a new commit\n  keys:\n");
	for (size_t i = 0; i < count; i++) {
		buf_text(out, "    - ");
		message_text(out, keys[i]);
		buf_text(out, "\n");
	}
	buf_printf(out, "  threshold: %s\n", threshold);
}

void
trust_write(const struct pins *p, struct buf *out)
{
	buf_text(out, "# What clients trust: ~/.config/tagseal/trust.yaml\n"
	    "tagseal: 1\n");
	pins_write(p, NULL, 0, out);
}
