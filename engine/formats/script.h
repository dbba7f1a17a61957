/*
 * script - what the files of the script formats share: where a signature block
 * stands in a text, how it is written, and what is hashed.
 */
#ifndef FORMATS_SCRIPT_H
#define FORMATS_SCRIPT_H

#include "crypto/authenticode.h"
#include "formats/formats.h"

enum script_encoding {
	SCRIPT_UTF8,
	SCRIPT_WINDOWS_1252,
	SCRIPT_UTF16LE,
	SCRIPT_UTF16BE,		/* found, never hashed: Windows does not */
	SCRIPT_ENCODINGS
};

/* How a block is written into the files of one ending. */
struct script_style {
	const char		*suffix;	/* "ps1" */
	const struct format	*format;
	enum authenticode_subject subject;
	const char		*begin;		/* whole lines */
	const char		*end;
	const char		*before;	/* on each line of base64 */
	const char		*after;
	const char		*inside;	/* the block stands in front of
						 * the last of these; NULL: at
						 * the end of the file */
	enum script_encoding	 bare;		/* without byte order mark */
	bool			 placed;	/* hashed too: where the block
						 * stands; but not the mark */
};

/* script_style_find goes by the ending of a name: SCRIPT-NAME. */
bool	script_style_find(struct span name, const struct script_style **,
	    struct err *) MUST_USE;

/* A text and its signature block. Offsets count bytes. */
struct script {
	const struct script_style *style;
	enum script_encoding	 encoding;
	uint64_t		 text_at;	/* behind the mark */
	uint64_t		 end;		/* the block goes here */
	uint64_t		 rest;		/* what stands behind it */
	bool			 is_signed;
	bool			 marked;	/* a block would make a line
						 * of a marker in the text */
	struct span		 der;		/* of the block */
};

/*
 * script_parse finds the block. What is no text has none. What it refuses:
 * SCRIPT-NAME, SCRIPT-BLOCK, SCRIPT-TRAILING-DATA, LIMIT-SIZE.
 */
bool	script_parse(const struct subject *, struct script *, struct err *)
	    MUST_USE;

/*
 * script_place refuses a text that a block cannot be put into, whether there is
 * one or not: SCRIPT-JOB, SCRIPT-BLOCK.
 */
bool	script_place(const struct script *, struct err *) MUST_USE;

/* script_put_block appends a block with this message, in ASCII. */
void	script_put_block(const struct script_style *, struct span der,
	    struct buf *);

/* script_widen turns ASCII into the units of an encoding. */
void	script_widen(enum script_encoding, struct span ascii, struct buf *);

/*
 * script_digest hashes the text without its block, as UTF-16LE: SCRIPT-ENCODING
 * for what cannot be read as such.
 */
bool	script_digest(const struct subject *, const struct script *,
	    enum digest_kind, struct digest *, struct err *) MUST_USE;

/*
 * A walk through the units (bytes, or pairs of them) of an encoding. A byte
 * that is left over at the end is no unit.
 */
struct script_units {
	bool	wide;
	bool	big;		/* the high byte comes first */
	bool	half;		/* one byte of a pair is there */
	uint8_t	first;
};

struct script_units script_units(enum script_encoding);
/* script_unit takes one byte; true: *unit is whole. */
bool	script_unit(struct script_units *, uint8_t byte, uint16_t *unit);

extern const struct format powershell_format, windows_script_format;

#endif
