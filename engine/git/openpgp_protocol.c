/* openpgp_protocol - see openpgp_protocol.h. */
#include <string.h>

#include "base/text.h"
#include "git/openpgp_protocol.h"

static bool
malformed(const char *what, struct err *e)
{
	return err_set(e, ERR_GIT_VERIFIER, "message '%s' of the verifier's "
	    "protocol is malformed", what);
}

void
openpgp_keys_write(const struct openpgp_key *keys, size_t count,
    struct buf *out)
{
	buf_u32be(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		buf_u32be(out, keys[i].index);
		buf_str(out, keys[i].keyring);
	}
}

bool
openpgp_keys_read(struct span blob, struct openpgp_key *keys, size_t limit,
    size_t *count, struct err *e)
{
	struct reader r = rd_open(blob);
	size_t n = rd_u32be(&r);

	if (n > limit)
		return malformed("keys", e);
	for (size_t i = 0; i < n && rd_ok(&r); i++) {
		keys[i].index = rd_u32be(&r);
		keys[i].keyring = rd_str(&r);
	}
	if (!rd_end(&r))
		return malformed("keys", e);
	*count = n;
	return true;
}

void
openpgp_check_write(int64_t seconds, struct buf *out)
{
	buf_u64be(out, (uint64_t)seconds);
}

bool
openpgp_check_read(struct span body, int64_t *seconds, struct err *e)
{
	struct reader r = rd_open(body);
	uint64_t value = rd_u64be(&r);

	if (!rd_end(&r) || value > INT32_MAX * (uint64_t)2)
		return malformed("check", e);
	*seconds = (int64_t)value;
	return true;
}

void
openpgp_signer_write(const struct openpgp_signer *s, struct buf *out)
{
	buf_u32be(out, s->index);
	buf_str(out, SPAN_TEXT(s->fingerprint));
}

bool
openpgp_signer_read(struct span body, struct openpgp_signer *out,
    struct err *e)
{
	struct reader r = rd_open(body);
	struct openpgp_signer s = { .index = rd_u32be(&r) };
	struct span fingerprint = rd_str(&r);

	if (!rd_end(&r) || fingerprint.len == 0 ||
	    fingerprint.len >= sizeof(s.fingerprint))
		return malformed("signer", e);
	memcpy(s.fingerprint, fingerprint.ptr, fingerprint.len);
	*out = s;
	return true;
}

void
openpgp_refused_write(const struct err *why, struct buf *out)
{
	buf_str(out, SPAN_TEXT(why->what->code));
	buf_str(out, SPAN_TEXT(why->text));
}

bool
openpgp_refused_read(struct span body, struct err *e)
{
	struct reader r = rd_open(body);
	struct span code = rd_str(&r), text = rd_str(&r);
	char name[64] = "";

	if (!rd_end(&r) || code.len >= sizeof(name) ||
	    text.len >= sizeof(e->text))
		return malformed("refused", e);
	memcpy(name, code.ptr, code.len);
	const struct err_row *row = err_find(name);
	if (row == NULL)
		return malformed("refused", e);
	return err_set(e, err_code_of(row), "%.*s", (int)text.len,
	    (const char *)text.ptr);
}

bool
verifier_keys(const struct openpgp_carrier *c, const struct openpgp_key *keys,
    size_t count, struct err *e)
{
	CLEANUP(buf_done) struct buf blob = { 0 };
	CLEANUP(buf_done) struct buf answer = { 0 };
	struct span none = { 0 };
	uint8_t type;

	openpgp_keys_write(keys, count, &blob);
	struct span blobs[] = { buf_span(&blob) };
	if (!c->exchange(c->arg, VERIFIER_KEYS, none, blobs, COUNT(blobs),
	    &type, &answer, e))
		return err_at(e, "verifier");
	if (type == VERIFIER_REFUSED)
		return openpgp_refused_read(buf_span(&answer), e);
	return type == VERIFIER_READY || malformed("ready", e);
}

bool
verifier_ask(const struct openpgp_carrier *c, struct span payload,
    struct span armor, int64_t seconds, struct openpgp_signer *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 };
	CLEANUP(buf_done) struct buf answer = { 0 };
	struct span blobs[] = { payload, armor };
	uint8_t type;

	openpgp_check_write(seconds, &body);
	if (!c->exchange(c->arg, VERIFIER_CHECK, buf_span(&body), blobs,
	    COUNT(blobs), &type, &answer, e))
		return err_at(e, "verifier");
	if (type == VERIFIER_REFUSED)
		return openpgp_refused_read(buf_span(&answer), e);
	if (type != VERIFIER_SIGNER)
		return malformed("signer", e);
	return openpgp_signer_read(buf_span(&answer), out, e);
}
