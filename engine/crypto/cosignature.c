/* cosignature - see cosignature.h. */
#include <inttypes.h>

#include "base/text.h"
#include "crypto/cosignature.h"

void
cosignature_plan(struct span text, uint64_t time, struct buf *message,
    struct to_be_signed *out)
{
	message->len = 0;
	buf_printf(message, "cosignature/v1\ntime %" PRIu64 "\n", time);
	buf_put(message, text);
	*out = (struct to_be_signed){ .kind = SIGNATURE_ED25519,
	    .message = buf_span(message) };
}

static bool
check(const struct note_key *k, struct span text, uint64_t time,
    struct span value, struct err *e)
{
	CLEANUP(buf_done) struct buf message = { 0 };
	struct to_be_signed t;

	cosignature_plan(text, time, &message, &t);
	return signature_check(k->public_key, &t, value, e) ||
	    err_at(e, "cosignature of %s", text_show(k->name).text);
}

bool
cosignature_finish(const struct note_key *k, struct span text, uint64_t time,
    struct span value, struct buf *line, struct err *e)
{
	CLEANUP(buf_done) struct buf payload = { 0 };

	if (!check(k, text, time, value, e))
		return false;
	buf_u64be(&payload, time);
	buf_put(&payload, value);
	note_line_write(k, buf_span(&payload), line);
	return true;
}

bool
cosignature_line_check(const struct note_line *l, struct span text,
    const struct note_key *k, uint64_t *time, struct err *e)
{
	struct reader r = rd_open(l->signature);

	if (!note_line_by(l, k))
		return err_set(e, ERR_NOTE_UNSIGNED, "the line is by %s, not "
		    "by %s", text_show(l->name).text, text_show(k->name).text);
	uint64_t at = rd_u64be(&r);
	if (!check(k, text, at, span_from(l->signature, sizeof(at)), e))
		return false;
	if (time != NULL)
		*time = at;
	return true;
}

bool
cosignature_count(const struct note *n, const struct note_key *keys,
    size_t count, size_t *good, struct err *e)
{
	size_t found = 0;

	for (size_t k = 0; k < count; k++) {
		bool once = false;

		for (size_t i = 0; i < n->count; i++) {
			if (!note_line_by(&n->lines[i], &keys[k]))
				continue;
			if (!cosignature_line_check(&n->lines[i], n->text,
			    &keys[k], NULL, e))
				return false;
			once = true;
		}
		found += once;
	}
	*good = found;
	return true;
}
