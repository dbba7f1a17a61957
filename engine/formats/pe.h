/*
 * pe - what the files of the PE format share: the parsed headers, the sums
 * over a file, and how a new file is put together.
 */
#ifndef FORMATS_PE_H
#define FORMATS_PE_H

#include "formats/formats.h"

struct pe_section {
	uint32_t	virtual_at;	/* RVA */
	uint32_t	virtual_size;
	uint32_t	raw_at;		/* file offset */
	uint32_t	raw_size;	/* 0: no bytes in the file */
};

/* One WIN_CERTIFICATE of the certificate table. */
struct pe_certificate {
	uint16_t	revision;
	uint16_t	type;
	struct span	bytes;		/* what follows its 8-byte header */
};

struct pe {
	struct span		 head;		/* the file's first bytes */
	bool			 plus;		/* PE32+ */
	uint16_t		 machine;
	uint16_t		 subsystem;
	uint32_t		 headers_size;	/* SizeOfHeaders */
	uint32_t		 checksum_at;
	uint32_t		 checksum;
	uint32_t		 directory_at;	/* of the security directory */
	uint32_t		 resources_at;	/* RVA, 0: none */
	uint32_t		 resources_size;
	struct pe_section	*sections;	/* as listed */
	size_t			 section_count;
	uint64_t		 end;		/* the digest ends here */
	struct span		 table;		/* certificates, or empty */
	struct pe_certificate	*certificates;
	size_t			 certificate_count;
};

#define PE_CERTIFICATE_REVISION	0x0200
#define PE_CERTIFICATE_PKCS7	0x0002
#define PE_ALIGNMENT		8	/* of the table and its entries */
#define PE_DIRECTORY_SIZE	8	/* file offset and size, u32le each */

/*
 * pe_parse reads headers and certificate table; the digested bytes are not
 * read. What it refuses: PE-NOT-PORTABLE, PE-TRUNCATED, PE-MALFORMED,
 * PE-TABLE, PE-TRAILING-DATA, LIMIT-SIZE.
 */
bool	pe_parse(const struct subject *, struct pe *, struct err *) MUST_USE;

/* EFI programs (subsystems 10 to 13) list further signatures in the table. */
bool	pe_is_efi(const struct pe *);

/* pe_padding: zero bytes that make the end a multiple of PE_ALIGNMENT. */
unsigned pe_padding(const struct pe *);

/*
 * A running PE checksum (PE/COFF specification, IMAGE_OPTIONAL_HEADER
 * CheckSum): a sum of 16-bit words and the file's length. A sum that was made
 * once over bytes can be used again wherever they stand.
 */
struct pe_checksum {
	uint64_t	at;	/* bytes so far */
	uint64_t	sum;
};

void		pe_checksum_put(struct pe_checksum *, struct span);
/* pe_checksum_add puts len bytes whose sum, begun at offset 0, is known. */
void		pe_checksum_add(struct pe_checksum *, uint16_t sum,
		    uint64_t len);
/* pe_checksum_sum is the sum alone; pe_checksum_end adds the length. */
uint16_t	pe_checksum_sum(const struct pe_checksum *);
uint32_t	pe_checksum_end(const struct pe_checksum *);

/* What one pass over the digested bytes gives. */
struct pe_sums {
	struct digest	digests[DIGEST_KINDS];	/* len == 0: not asked for */
	uint16_t	data_sum;	/* of all after the directory entry */
};

/*
 * pe_sum makes the Authenticode digest ("Windows Authenticode Portable
 * Executable Signature Format") for every kind of the bit mask (1 << kind),
 * which may be 0, and the sum for the checksum, in one pass.
 */
bool	pe_sum(const struct subject *, const struct pe *, unsigned kinds,
	    struct pe_sums *, struct err *) MUST_USE;

/*
 * pe_sum_known is pe_sum, but what the subject's memory knows is not made
 * again. pe_sum_same tells that memory that two files were found to be equal
 * but for their tables, so that the sums over one are those over the other:
 * after is before, with zeros up to where its table is. data_sum is that of the
 * bytes as they were compared: with another one than before had, when it was
 * read, somebody has changed the file since.
 */
bool	pe_sum_known(const struct subject *, const struct pe *,
	    unsigned kinds, struct pe_sums *, struct err *) MUST_USE;
bool	pe_sum_same(const struct subject *before, const struct pe *,
	    const struct subject *after, const struct pe *, uint16_t data_sum,
	    struct err *) MUST_USE;

/*
 * pe_page_hashes appends the table of page hashes: (u32le file offset, hash)
 * for the headers, each page of each section, and the end.
 */
bool	pe_page_hashes(const struct subject *, const struct pe *,
	    enum digest_kind, struct buf *, struct err *) MUST_USE;

/* pe_put_certificate appends a WIN_CERTIFICATE with its padding. */
void	pe_put_certificate(struct buf *table, struct span pkcs7);

/*
 * pe_rebuild gives the file with another certificate table (empty: none),
 * a new security directory and the checksum that belongs to it. data_sum is
 * that of pe_sum: no byte of the data is read again.
 */
bool	pe_rebuild(const struct subject *, const struct pe *,
	    uint16_t data_sum, struct span table, struct rope *out,
	    struct err *) MUST_USE;

/* The verb `facts`: machine, subsystem and the version resource. */
bool	pe_facts(const struct subject *, struct facts *, struct err *);

extern const struct format pe_format;

#endif
