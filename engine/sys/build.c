/* build - see build.h. */
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "sys/build.h"
#include "sys/file.h"
#include "sys/program.h"

#define NOTES_MOST	4096	/* bytes of one segment */
#define ID_MOST	64	/* bytes: the linkers write 8 to 20 */

struct id {
	char	hex[2 * ID_MOST + 1];
};

/* Name and value of a note are padded to four bytes (gABI, "Note Section"). */
static size_t
padded(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

static bool
note_take(const ElfW(Nhdr) *note, struct span name, struct span value,
    struct id *out)
{
	CLEANUP(buf_done) struct buf hex = { 0 };

	if (note->n_type != NT_GNU_BUILD_ID || value.len > ID_MOST ||
	    !span_eq(name, (struct span){ (const uint8_t *)ELF_NOTE_GNU,
	    sizeof(ELF_NOTE_GNU) }))
		return false;
	text_hex(value, &hex);
	memcpy(out->hex, hex.ptr, hex.len);
	return true;
}

static bool
notes_look(struct span notes, struct id *out)
{
	ElfW(Nhdr) note;

	while (notes.len >= sizeof(note)) {
		memcpy(&note, notes.ptr, sizeof(note));
		notes = span_from(notes, sizeof(note));
		size_t name = padded(note.n_namesz);
		size_t value = padded(note.n_descsz);
		if (name > notes.len || value > notes.len - name)
			return false;
		if (note_take(&note, (struct span){ notes.ptr, note.n_namesz },
		    (struct span){ notes.ptr + name, note.n_descsz }, out))
			return true;
		notes = span_from(notes, name + value);
	}
	return false;
}

/* The first one that is told is the program itself: the end of the search. */
static int
program_look(struct dl_phdr_info *program, size_t size, void *out)
{
	(void)size;
	for (size_t i = 0; i < program->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &program->dlpi_phdr[i];
		struct span notes = { (const uint8_t *)program->dlpi_addr +
		    p->p_vaddr, p->p_memsz };

		if (p->p_type == PT_NOTE && notes_look(notes, out))
			break;
	}
	return 1;
}

const char *
build_id(void)
{
	static struct id id;

	if (id.hex[0] == '\0')
		dl_iterate_phdr(program_look, &id);
	return id.hex;
}

static bool
part_read(int fd, void *out, size_t size, uint64_t at)
{
	return pread(fd, out, size, (off_t)at) == (ssize_t)size;
}

static void
file_look(int fd, struct id *out)
{
	uint8_t notes[NOTES_MOST];
	ElfW(Ehdr) head;
	ElfW(Phdr) p;

	if (!part_read(fd, &head, sizeof(head), 0) ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
		return;
	for (size_t i = 0; i < head.e_phnum; i++)
		if (part_read(fd, &p, sizeof(p), head.e_phoff +
		    i * sizeof(p)) && p.p_type == PT_NOTE &&
		    p.p_filesz <= sizeof(notes) &&
		    part_read(fd, notes, p.p_filesz, p.p_offset) &&
		    notes_look((struct span){ notes, p.p_filesz }, out))
			return;
}

const char *
build_id_of(const char *role)
{
	CLEANUP(fd_done) int named = -1;
	CLEANUP(fd_done) int fd = -1;
	static struct id id;
	char path[64];
	struct err e;

	id = (struct id){ "" };
	if (!program_open(role, &named, &e))
		return id.hex;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", named);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		file_look(fd, &id);
	return id.hex;
}
