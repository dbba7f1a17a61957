/* tiny_pe - the smallest honest Windows executables, made byte by byte. */
#ifndef TINY_PE_H
#define TINY_PE_H

#include "base/bytes.h"

struct tiny_string {
	const char	*name;
	const char	*value;		/* ASCII */
};

struct tiny_table {
	const char		*language;	/* "040904b0" */
	struct tiny_string	 strings[8];	/* ends with an empty one */
};

struct tiny_pe {
	bool			 plus;		/* PE32+ */
	uint16_t		 machine;	/* 0: by plus */
	uint16_t		 subsystem;	/* 0: console */
	size_t			 overlay;	/* bytes behind the sections */
	const struct tiny_table	*tables;	/* version resource, or NULL */
	size_t			 table_count;
};

#define TINY_PE_AT		64	/* of "PE\0\0" */
#define TINY_CHECKSUM_AT	(TINY_PE_AT + 88)
#define TINY_SECURITY_AT(plus)	(TINY_PE_AT + 152 + ((plus) ? 16 : 0))
#define TINY_SECTIONS_AT(plus)	(TINY_PE_AT + 24 + ((plus) ? 240 : 224))

/* tiny_pe_make gives the bytes; its checksum field is 0. */
struct buf	tiny_pe_make(const struct tiny_pe *);

#endif
