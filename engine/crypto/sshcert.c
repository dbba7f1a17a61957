/* sshcert - see sshcert.h. */
#include <string.h>

#include "base/text.h"
#include "crypto/sshcert.h"
#include "crypto/sshkey.h"

#define SUFFIX		"-cert-v01@openssh.com"
#define TYPE_USER	1
#define BLOB_MAX	((size_t)32 << 10)	/* bytes of a certificate */
#define FOREVER		UINT64_MAX
#define YEAR_10000	UINT64_C(253402300800)	/* seconds since 1970 */

static bool
malformed(struct err *e, const char *why)
{
	return err_set(e, ERR_SSHCERT, "%s", why);
}

/* "sk-ssh-ed25519@openssh.com" is certified as "sk-ssh-ed25519-cert-...". */
static bool
kind_find(struct span type, enum ssh_kind *out)
{
	if (!span_ends(type, SUFFIX))
		return false;
	type.len -= strlen(SUFFIX);
	for (enum ssh_kind k = 0; k < SSH_KINDS; k++) {
		struct span rest = span_text(ssh_kinds[k].name), plain;

		if (span_split(&rest, '@', &plain) && span_eq(plain, type)) {
			*out = k;
			return true;
		}
	}
	return false;
}

bool
ssh_cert_is(struct span blob)
{
	struct reader r = rd_open(blob);
	struct span type = rd_str(&r);

	return rd_ok(&r) && span_ends(type, SUFFIX);
}

/* The key, as it would stand by itself. */
static bool
key_read(struct arena *a, struct reader *r, struct span type,
    struct ssh_key *out, struct err *e)
{
	CLEANUP(buf_done) struct buf plain = { 0 };
	struct ssh_key k = { .point = { NULL, 0 } };
	struct span fields, blob;
	size_t start = r->at;

	if (!kind_find(type, &k.kind))
		return err_set(e, ERR_SSH_KEY_KIND, "SSH certificates of type "
		    "\"%s\" are not taken", text_show(type).text);
	const struct ssh_kind_row *row = &ssh_kinds[k.kind];
	if (!row->read(r, row, &k) ||
	    !span_cut(r->in, start, r->at - start, &fields))
		return malformed(e, "the certified key is broken");
	buf_str(&plain, span_text(row->name));
	buf_put(&plain, fields);
	if (!arena_copy(a, buf_span(&plain), &blob))
		return err_budget(e, a);
	return ssh_key_parse(blob, out, e);
}

/* A list holds whole strings; of pairs, an even number of them. */
static bool
is_list(struct span list, bool pairs)
{
	struct reader r = rd_open(list);
	size_t count = 0;

	for (; rd_left(&r) > 0 && rd_ok(&r); count++)
		rd_str(&r);
	return rd_end(&r) && (!pairs || count % 2 == 0);
}

static bool
rest_read(struct reader *r, struct ssh_cert *c, struct span *extensions,
    struct err *e)
{
	c->serial = rd_u64be(r);
	c->type = rd_u32be(r);
	c->key_id = rd_str(r);
	c->principals = rd_str(r);
	c->valid_after = rd_u64be(r);
	c->valid_before = rd_u64be(r);
	c->options = rd_str(r);
	*extensions = rd_str(r);
	struct span reserved = rd_str(r);
	struct span authority = rd_str(r);
	size_t end = r->at;
	c->signature = rd_str(r);
	if (!rd_end(r) || !span_cut(r->in, 0, end, &c->signed_part))
		return malformed(e, "the fields do not fill the certificate "
		    "exactly");
	if (reserved.len > 0)
		return malformed(e, "the reserved field is not empty");
	return ssh_key_parse(authority, &c->authority, e);
}

bool
ssh_cert_parse(struct arena *a, struct span blob, struct ssh_cert *out,
    struct err *e)
{
	struct reader r = rd_open(blob);
	struct ssh_cert c = { .blob = blob };
	struct span type = rd_str(&r), extensions;

	rd_str(&r);	/* the nonce */
	if (!rd_ok(&r) || blob.len > BLOB_MAX)
		return malformed(e, "no SSH certificate");
	if (!key_read(a, &r, type, &c.key, e) ||
	    !rest_read(&r, &c, &extensions, e))
		return false;
	if (!is_list(c.principals, false) || !is_list(c.options, true) ||
	    !is_list(extensions, true))
		return malformed(e, "a list in the certificate is broken");
	*out = c;
	return true;
}

/* A bound of the validity, for people. */
struct moment { char text[TEXT_TIME_SIZE]; };

static struct moment
moment_of(uint64_t seconds)
{
	struct moment m = { "the end of time" };

	if (seconds < YEAR_10000)
		text_time((int64_t)seconds * 1000, m.text);
	return m;
}

static bool
time_check(const struct ssh_cert *c, int64_t seconds, struct err *e)
{
	if (seconds >= 0 && (uint64_t)seconds >= c->valid_after &&
	    (c->valid_before == FOREVER ||
	    (uint64_t)seconds < c->valid_before))
		return true;
	return err_set(e, ERR_SSHCERT_TIME, "certificate \"%s\" is valid from "
	    "%s to %s, not at %s", text_show(c->key_id).text,
	    moment_of(c->valid_after).text, moment_of(c->valid_before).text,
	    moment_of((uint64_t)seconds).text);
}

bool
ssh_cert_check(const struct ssh_cert *c, int64_t seconds, struct err *e)
{
	const struct sshsig_rules rules = { .name_space = NULL };
	struct shown id = text_show(c->key_id);

	if (c->type != TYPE_USER)
		return err_set(e, ERR_SSHCERT_KIND, "certificate \"%s\" is not "
		    "one of a user", id.text);
	if (c->principals.len == 0)
		return err_set(e, ERR_SSHCERT_KIND, "certificate \"%s\" names "
		    "no principal: it would be anybody's", id.text);
	if (c->options.len > 0)
		return err_set(e, ERR_SSHCERT_OPTION, "certificate \"%s\" has "
		    "critical options", id.text);
	return time_check(c, seconds, e) && ssh_signature_check(&c->authority,
	    c->signature, &rules, c->signed_part, e);
}

bool
ssh_cert_names(const struct ssh_cert *c, struct span principal)
{
	struct reader r = rd_open(c->principals);

	while (rd_left(&r) > 0 && rd_ok(&r))
		if (span_eq(rd_str(&r), principal))
			return rd_ok(&r);
	return false;
}
