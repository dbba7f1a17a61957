/*
 * text - strict conversions between bytes and what people read.
 *
 * Every parser here takes the whole span or refuses it: no white space, no
 * signs, no leading zeros, no rest.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"

/* Decimal digits only, no leading zeros. */
bool	text_u64(struct span, uint64_t *out) MUST_USE;

/* "90s", "15m", "12h", "7d": seconds. */
bool	text_duration(struct span, uint64_t *seconds) MUST_USE;

/* "512", "64KiB", "10MiB", "4GiB": bytes. */
bool	text_size(struct span, uint64_t *bytes) MUST_USE;

/* Lower-case hex; text_unhex wants exactly 2 * len digits. */
void	text_hex(struct span, struct buf *out);
bool	text_unhex(struct span, uint8_t *out, size_t len) MUST_USE;

/* Base64 (RFC 4648) with padding; decoding takes the canonical form only. */
void	text_base64(struct span, struct buf *out);
bool	text_unbase64(struct span, struct buf *out) MUST_USE;

/*
 * text_percent appends a part of a URL: letters, digits, "-._~" and what is in
 * plain stay, each other byte becomes %HH (RFC 3986, 2.1 and 2.3).
 */
void	text_percent(struct span, const char *plain, struct buf *out);

/* Well-formed UTF-8 without surrogates or overlong forms. */
bool	text_utf8(struct span);

/*
 * text_utf16 turns UTF-16LE into UTF-8; false for an odd length, a lone
 * surrogate or a NUL.
 */
bool	text_utf16(struct span, struct buf *out) MUST_USE;

/* text_to_utf16 is the way back; false: it is no UTF-8. */
bool	text_to_utf16(struct span, struct buf *out) MUST_USE;

/*
 * text_visible appends what may be shown on a terminal, in a log or in a
 * commit message: control and bidirectional characters, and what is no UTF-8,
 * become \xHH or \u{HEX}.
 */
void	text_visible(struct span, struct buf *out);

/*
 * text_shell appends one word as a POSIX shell reads it, in quotes where it
 * must be; what may not be shown is escaped as by text_visible.
 */
void	text_shell(struct span, struct buf *out);

/* text_show is text_visible into a small array, cut with "..." if too long. */
struct shown { char text[160]; };
struct shown text_show(struct span);

/* A slug: [a-z0-9]([a-z0-9-]{0,62}[a-z0-9])? */
bool	text_slug(struct span);

/*
 * text_nearest gives the candidate that looks most like what was written, or
 * NULL if none is near. Candidates end with NULL.
 */
const char *text_nearest(struct span, const char *const *candidates);

/*
 * Time is milliseconds since 1970-01-01T00:00:00Z. text_time writes RFC 3339
 * UTC with milliseconds and Z (24 characters and a NUL); text_untime reads that
 * form, the one without milliseconds, and a bare date (midnight).
 */
#define TEXT_TIME_SIZE	32
void	text_time(int64_t ms, char out[TEXT_TIME_SIZE]);
bool	text_untime(struct span, int64_t *ms) MUST_USE;

/* "1.5 MiB" and "2 days 3 h", for people. */
struct shown text_show_size(uint64_t bytes);
struct shown text_show_duration(uint64_t seconds);

#endif
