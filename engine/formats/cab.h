/*
 * cab.h - what the files of the cabinet format share. Sections are those of
 * [MS-CAB]. Here counts where the bytes of a cabinet are that a signature
 * covers; what is in them is the container's: containers/cab.h.
 */
#ifndef FORMATS_CAB_H
#define FORMATS_CAB_H

#include "formats/formats.h"

extern const struct format cab_format;

struct cabinet {
	struct span	head;		/* up to the table of files */
	size_t		header_len;	/* with its reserve */
	uint16_t	flags;
	uint16_t	folder_count;
	uint16_t	number;		/* iCabinet */
	uint8_t		folder_reserve;
	uint8_t		block_reserve;
	uint32_t	files_at;
	uint32_t	size;		/* without the signature */
	struct span	reserve;	/* of the header */
	bool		free;		/* it and the first reserved field
					 * have nothing but a signature */
	struct span	signature;	/* zeros may follow it; empty: none */
};

/*
 * cabinet_parse reads the header and the table of folders, and holds what no
 * signature covers against the only values that it may have. Errors:
 * CAB-TRUNCATED, CAB-HEADER, CAB-VOLUMES, CAB-LAYOUT, CAB-GAP, CAB-RESERVE,
 * CAB-TRAILING, LIMIT-SIZE.
 */
bool	cabinet_parse(const struct subject *, struct cabinet *, struct err *)
	    MUST_USE;

#define CABINET_BARE	SIZE_MAX	/* a header without a reserve */

/* cabinet_room is how large the header's reserve is when it is signed. */
size_t	cabinet_room(const struct cabinet *);

/*
 * cabinet_head makes all before the table of files anew, with room bytes of
 * reserve in the header, which tell of a signature of so many bytes (0: none).
 */
void	cabinet_head(const struct cabinet *, size_t room, uint32_t signature,
	    struct buf *);

/* cabinet_join puts a head, the rest of the cabinet and a tail together. */
bool	cabinet_join(const struct subject *, const struct cabinet *,
	    const struct buf *head, struct span tail, struct rope *out,
	    struct err *) MUST_USE;

/* cabinet_digest is over the cabinet as it is when it is signed. */
bool	cabinet_digest(const struct subject *, const struct cabinet *,
	    enum digest_kind, struct digest *out, struct err *) MUST_USE;

/*
 * cabinet_digest_known is the same, remembered; cabinet_digest_begin has it
 * made meanwhile.
 */
bool	cabinet_digest_known(const struct subject *, const struct cabinet *,
	    enum digest_kind, struct digest *out, struct err *) MUST_USE;

bool	cabinet_digest_begin(const struct subject *, const struct cabinet *,
	    enum digest_kind, struct err *) MUST_USE;

/*
 * cabinet_member_digest is over the cabinet as it stands, which is what a
 * catalog has. Signing one that has no reserve yet changes it.
 */
bool	cabinet_member_digest(const struct subject *, const struct cabinet *,
	    enum digest_kind, struct digest *out, struct err *) MUST_USE;

#endif
