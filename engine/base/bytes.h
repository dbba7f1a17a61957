/*
 * bytes - bounded views of memory. No other file does pointer arithmetic on
 * input.
 *
 * A struct span borrows bytes; a struct reader walks a span. A read past the
 * end returns zero and makes the reader bad for good. So: read a whole record,
 * then ask rd_ok() once, before you loop on, allocate or trust a value. A
 * struct buf owns bytes that are being written.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct span {
	const uint8_t	*ptr;
	size_t		 len;
};

/* SPAN views an array, SPAN_TEXT a string literal or C string. */
#define SPAN(array)							\
	((struct span){ (const uint8_t *)(array), sizeof(array) })
#define SPAN_TEXT(s)	span_text(s)

struct span	span_text(const char *);
bool		span_eq(struct span, struct span);
bool		span_is(struct span, const char *text);
bool		span_starts(struct span, const char *prefix);
bool		span_ends(struct span, const char *suffix);

/* span_zero tells that no byte is another than 0. */
bool		span_zero(struct span);

/* span_cmp orders bytewise, the shorter first on a common prefix. */
int		span_cmp(struct span, struct span);

/* span_cut sets *out to len bytes at off, or returns false. */
bool		span_cut(struct span, uint64_t off, uint64_t len,
		    struct span *out) MUST_USE;

/* span_from is what begins at off: empty when off is past the end. */
struct span	span_from(struct span, size_t off);

/* span_find gives the offset of needle, or SIZE_MAX. */
size_t		span_find(struct span, struct span needle);

/*
 * span_sum16 adds the little-endian 16-bit words with end-around carry (the
 * sum of RFC 1071); a last odd byte is taken with a zero behind it.
 */
uint16_t	span_sum16(struct span);

/*
 * span_xor32 takes the little-endian 32-bit words together by exclusive or; up
 * to three bytes behind the last whole word are left out.
 */
uint32_t	span_xor32(struct span);

/*
 * span_line cuts the first line (without its LF) off *rest. false: nothing is
 * left. The last line need not end with LF.
 */
bool		span_line(struct span *rest, struct span *line);

/* span_split cuts what comes before sep off *rest; false: nothing is left. */
bool		span_split(struct span *rest, uint8_t sep, struct span *part);

struct reader {
	struct span	in;
	size_t		at;
	bool		bad;
};

struct reader	rd_open(struct span);
bool		rd_ok(const struct reader *);
/* rd_end tells that all was read, and nothing past it. */
bool		rd_end(const struct reader *);
size_t		rd_left(const struct reader *);
void		rd_seek(struct reader *, uint64_t off);
void		rd_skip(struct reader *, uint64_t len);
uint8_t		rd_u8(struct reader *);
uint16_t	rd_u16le(struct reader *);
uint32_t	rd_u32le(struct reader *);
uint64_t	rd_u64le(struct reader *);
uint16_t	rd_u16be(struct reader *);
uint32_t	rd_u32be(struct reader *);
uint64_t	rd_u64be(struct reader *);
struct span	rd_take(struct reader *, uint64_t len);
struct span	rd_str(struct reader *);	/* u32be length, then bytes */

/*
 * A growable buffer; zero-initialise it. Writing never fails (see own.h);
 * buf_done frees.
 */
struct buf {
	uint8_t	*ptr;
	size_t	 len;
	size_t	 size;
};

void		buf_done(struct buf *);
void		buf_reserve(struct buf *, size_t more);
void		buf_put(struct buf *, struct span);
void		buf_text(struct buf *, const char *);
void		buf_printf(struct buf *, const char *fmt, ...) PRINTF(2, 3);
void		buf_zero(struct buf *, size_t count);
void		buf_u8(struct buf *, uint8_t);
void		buf_u16le(struct buf *, uint16_t);
void		buf_u32le(struct buf *, uint32_t);
void		buf_u64le(struct buf *, uint64_t);
void		buf_u16be(struct buf *, uint16_t);
void		buf_u32be(struct buf *, uint32_t);
void		buf_u64be(struct buf *, uint64_t);
void		buf_str(struct buf *, struct span);	/* u32be, bytes */
struct span	buf_span(const struct buf *);
/* buf_cstr ends the buffer with NUL (not counted) and views it. */
const char	*buf_cstr(struct buf *);

/* put_u16le and the like write into an array of the caller's. */
void		put_u16le(uint8_t *, uint16_t);
void		put_u32le(uint8_t *, uint32_t);
void		put_u64le(uint8_t *, uint64_t);
void		put_u32be(uint8_t *, uint32_t);
void		put_u64be(uint8_t *, uint64_t);

#endif
