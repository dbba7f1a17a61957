/* tiles - see tiles.h. */
#include <stdio.h>

#include "ledger/tiles.h"

#define TILE_BITS	8	/* log2 of TILE_WIDTH */

/* One row of tiles: hashes of one level, or the entries. */
struct row {
	struct ledger	*ledger;
	unsigned	 level;
	bool		 entries;
};

static void
put_groups(uint64_t n, bool last, struct buf *out)
{
	if (n >= 1000)
		put_groups(n / 1000, false, out);
	buf_printf(out, last ? "%03u" : "x%03u/", (unsigned)(n % 1000));
}

void
tile_path(const char *level, uint64_t n, unsigned width, struct buf *out)
{
	buf_printf(out, "tile/%s/", level);
	put_groups(n, true, out);
	if (width < TILE_WIDTH)
		buf_printf(out, ".p/%u", width);
}

static bool
put_entry(const struct row *r, uint64_t n, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf event = { 0 };

	if (!ledger_event(r->ledger, n, &event, e))
		return false;
	buf_u16be(out, (uint16_t)event.len);	/* at most LIMIT_EVENT */
	buf_put(out, buf_span(&event));
	return true;
}

static bool
put_hash(const struct row *r, uint64_t n, struct buf *out, struct err *e)
{
	struct merkle_source s = merkle_tree_source(ledger_tree(r->ledger));
	struct merkle_hash h;

	if (!s.hash(s.arg, r->level * TILE_BITS, n, &h, e))
		return false;
	buf_put(out, merkle_span(&h));
	return true;
}

static bool
tile_write(const struct row *r, uint64_t n, unsigned width,
    const struct tiles_sink *to, struct err *e)
{
	CLEANUP(buf_done) struct buf path = { 0 }, tile = { 0 };
	char level[16];

	snprintf(level, sizeof(level), r->entries ? "entries" : "%u",
	    r->level);
	tile_path(level, n, width, &path);
	if (width == TILE_WIDTH && to->has(to->arg, buf_cstr(&path)))
		return true;
	for (unsigned i = 0; i < width; i++)
		if (!(r->entries ? put_entry : put_hash)(r,
		    n * TILE_WIDTH + i, &tile, e))
			return false;
	return to->put(to->arg, buf_cstr(&path), buf_span(&tile), e);
}

/* The whole tiles of count things, and what is left over. */
static bool
row_write(const struct row *r, uint64_t count, const struct tiles_sink *to,
    struct err *e)
{
	uint64_t whole = count / TILE_WIDTH;
	unsigned rest = (unsigned)(count % TILE_WIDTH);

	for (uint64_t n = 0; n < whole; n++)
		if (!tile_write(r, n, TILE_WIDTH, to, e))
			return false;
	return rest == 0 || tile_write(r, whole, rest, to, e);
}

bool
tiles_each(struct ledger *l, uint64_t size, const struct tiles_sink *to,
    struct err *e)
{
	struct row r = { .ledger = l, .entries = true };

	if (!row_write(&r, size, to, e))
		return false;
	r.entries = false;
	for (uint64_t count = size; count > 0; count /= TILE_WIDTH) {
		if (!row_write(&r, count, to, e))
			return false;
		r.level++;
	}
	return true;
}

bool
tiles_write(struct ledger *l, const struct tiles_sink *to, struct err *e)
{
	uint64_t size = ledger_checkpoint_size(l);

	if (size == 0)
		return err_set(e, ERR_LEDGER_NO_EVENT, "the ledger has no "
		    "checkpoint yet");
	return tiles_each(l, size, to, e) &&
	    to->put(to->arg, "checkpoint", ledger_checkpoint(l), e);
}
