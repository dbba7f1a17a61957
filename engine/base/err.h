/*
 * err - errors as values.
 *
 * Every refusal has a row in errors.def: a stable code, a kind, the likely
 * reason and the advice. The leaf says what is wrong, each caller adds where,
 * and the top prints once. A function that can fail returns bool and takes a
 * struct err * last; all helpers here return false, so
 *
 *	return err_set(e, ERR_PE_TRUNCATED, "headers are cut short");
 *	return err_at(e, "%s", name);
 *
 * are the idioms.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/own.h"

/* The kind of an error decides the exit code and the HTTP status. */
enum err_kind {
	ERR_KIND_NONE,
	ERR_KIND_USAGE,		/* the command line is wrong */
	ERR_KIND_INPUT,		/* a file is broken, hostile or unreadable */
	ERR_KIND_REFUSED,	/* policy or a signature check said no */
	ERR_KIND_NOTHING,	/* what was asked for is not there */
	ERR_KIND_CONFIG,	/* the config repo is unsound */
	ERR_KIND_SYSTEM,	/* disk, network, token: a retry may help */
	ERR_KIND_ALARM,		/* rewind, tampering */
};

enum err_code {
	ERR_NONE,
#define E(name, code, kind, reason, advice) ERR_##name,
#include "base/errors.def"
#undef E
	ERR_CODES
};

struct err_row {
	const char	*code;		/* "PE-TRUNCATED": never changes */
	enum err_kind	 kind;
	const char	*reason;	/* why this mostly happens */
	const char	*advice;	/* what to do: one action, or "" */
};

struct err {
	const struct err_row	*what;	/* NULL: no error */
	char	text[1024];		/* outermost context first */
	char	hint[512];		/* replaces the row's advice, or "" */
};

/* err_rows is the table, indexed by enum err_code. */
extern const struct err_row err_rows[ERR_CODES];

/* err_set replaces what e says. The text: lower case, no full stop. */
bool	err_set(struct err *e, enum err_code, const char *fmt, ...)
	    PRINTF(3, 4);

/* err_errno is err_set with the text of errno behind it. */
bool	err_errno(struct err *e, enum err_code, const char *fmt, ...)
	    PRINTF(3, 4);

/* err_at puts a place in front of the text: "setup.exe: ...". */
bool	err_at(struct err *e, const char *where, ...) PRINTF(2, 3);

/* err_hint says what to do in this very case, with the names involved. */
bool	err_hint(struct err *e, const char *fmt, ...) PRINTF(2, 3);

/*
 * The four above give false, and here the compiler sees that they do: else gcc
 * takes every out parameter that is set on success only for uninitialised.
 */
#define err_set(...)	ERR_FALSE(err_set(__VA_ARGS__))
#define err_errno(...)	ERR_FALSE(err_errno(__VA_ARGS__))
#define err_at(...)	ERR_FALSE(err_at(__VA_ARGS__))
#define err_hint(...)	ERR_FALSE(err_hint(__VA_ARGS__))
#define ERR_FALSE(call)	__extension__({ (void)(call); false; })

/* err_is tells whether e carries this code. */
bool	err_is(const struct err *e, enum err_code);

/* err_find gives the row of a code's name ("PE-TRUNCATED"), or NULL. */
const struct err_row *err_find(const char *code);

/* err_code_of gives back the code of a row: its place in the table. */
enum err_code	err_code_of(const struct err_row *);

/* err_advice is the hint if there is one, else the row's advice. */
const char	*err_advice(const struct err *e);

/* err_exit_code maps a kind to the exit code of every command. */
int	err_exit_code(enum err_kind);

/* err_kind_name gives the kind in words, for JSON and docs. */
const char	*err_kind_name(enum err_kind);

/*
 * err_print writes the error for a person: code and text, likely reason,
 * advice; colour where the caller says so.
 */
void	err_print(FILE *, const struct err *e, bool colour);

#endif
