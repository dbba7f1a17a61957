/* openpgp_protocol - see openpgp_protocol.h. */
#include <string.h>

#include "base/text.h"
#include "git/openpgp_protocol.h"

bool
openpgp_malformed(const char *what, struct err *e)
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
		return openpgp_malformed("keys", e);
	for (size_t i = 0; i < n && rd_ok(&r); i++) {
		keys[i].index = rd_u32be(&r);
		keys[i].keyring = rd_str(&r);
	}
	if (!rd_end(&r))
		return openpgp_malformed("keys", e);
	*count = n;
	return true;
}

void
openpgp_ready_write(uint32_t window, struct buf *out)
{
	buf_u32be(out, window);
}

bool
openpgp_ready_read(struct span body, size_t *window, struct err *e)
{
	struct reader r = rd_open(body);
	uint32_t value = rd_u32be(&r);

	if (!rd_end(&r))
		return openpgp_malformed("ready", e);
	*window = value;
	return true;
}

void
openpgp_check_write(const struct openpgp_check *c, struct buf *out)
{
	buf_u32be(out, c->number);
	buf_u64be(out, (uint64_t)c->seconds);
}

bool
openpgp_check_read(struct span body, struct openpgp_check *out, struct err *e)
{
	struct reader r = rd_open(body);
	uint32_t number = rd_u32be(&r);
	uint64_t seconds = rd_u64be(&r);

	out->number = number;
	if (!rd_end(&r) || seconds > INT32_MAX * (uint64_t)2)
		return openpgp_malformed("check", e);
	out->seconds = (int64_t)seconds;
	return true;
}

void
openpgp_signer_write(uint32_t number, const struct openpgp_signer *s,
    struct buf *out)
{
	buf_u32be(out, number);
	buf_u32be(out, s->index);
	buf_str(out, SPAN_TEXT(s->fingerprint));
}

bool
openpgp_signer_read(struct span body, uint32_t *number,
    struct openpgp_signer *out, struct err *e)
{
	struct reader r = rd_open(body);
	uint32_t about = rd_u32be(&r);
	struct openpgp_signer s = { .index = rd_u32be(&r) };
	struct span fingerprint = rd_str(&r);

	if (!rd_end(&r) || fingerprint.len == 0 ||
	    fingerprint.len >= sizeof(s.fingerprint))
		return openpgp_malformed("signer", e);
	memcpy(s.fingerprint, fingerprint.ptr, fingerprint.len);
	*number = about;
	*out = s;
	return true;
}

void
openpgp_refused_write(uint32_t number, const struct err *why, struct buf *out)
{
	buf_u32be(out, number);
	buf_str(out, SPAN_TEXT(why->what->code));
	buf_str(out, SPAN_TEXT(why->text));
}

bool
openpgp_refused_read(struct span body, uint32_t *number, struct err *why,
    struct err *e)
{
	struct reader r = rd_open(body);
	uint32_t about = rd_u32be(&r);
	struct span code = rd_str(&r), text = rd_str(&r);
	char name[64] = "";

	if (!rd_end(&r) || code.len >= sizeof(name) ||
	    text.len >= sizeof(why->text))
		return openpgp_malformed("refused", e);
	memcpy(name, code.ptr, code.len);
	const struct err_row *row = err_find(name);
	if (row == NULL)
		return openpgp_malformed("refused", e);
	err_set(why, err_code_of(row), "%.*s", (int)text.len,
	    (const char *)text.ptr);
	*number = about;
	return true;
}
