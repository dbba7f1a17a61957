/*
 * tiles - a ledger in the layout of C2SP tlog-tiles, as static files.
 *
 *	tile/entries/<N>[.p/<W>]	256 events: u16be length, bytes, ...
 *	tile/<L>/<N>[.p/<W>]		256 hashes: the roots of the perfect
 *					subtrees of 256^L leaves
 *	checkpoint			the signed note, last
 *
 * N is decimal in groups of three digits, all but the last with an x:
 * 1234067 is x001/x234/067. What has less than 256 is partial: its width W
 * stands behind. A whole tile never changes.
 */
#ifndef LEDGER_TILES_H
#define LEDGER_TILES_H

#include "ledger/log.h"

#define TILE_WIDTH	256

/* Where tiles go. A whole tile that is there is not asked for again. */
struct tiles_sink {
	bool	(*has)(void *arg, const char *path);
	bool	(*put)(void *arg, const char *path, struct span,
		    struct err *);
	void	*arg;
};

/* tiles_each hands over the tiles of the first events, so many. */
bool	tiles_each(struct ledger *, uint64_t size, const struct tiles_sink *,
	    struct err *) MUST_USE;

/*
 * tiles_write hands over all that belongs to the newest checkpoint, which is
 * the last. ERR_LEDGER_NO_EVENT: there is none yet.
 */
bool	tiles_write(struct ledger *, const struct tiles_sink *, struct err *)
	    MUST_USE;

/* tile_path appends the path of a tile; level is "entries" or a number. */
void	tile_path(const char *level, uint64_t n, unsigned width,
	    struct buf *out);

#endif
