/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small kernel's BTF, made to order: the structs that the tests of the
 * layout generator and of the load-time check look for, with the changes that
 * another kernel might bring.
 */
#ifndef TEST_BTF_SYNTH_H
#define TEST_BTF_SYNTH_H

#include <stdbool.h>
#include "test_btf_write.h"

/* What is different from the plain kernel; all zero is the plain one. */
struct synth {
	bool moved;		/* widget.list is 8 bytes further on */
	bool renamed;		/* widget.list is called chain */
	bool retyped;		/* widget.size is a struct pointer */
	bool no_widget;		/* there is no struct widget */
	bool grown;		/* widget is 8 bytes longer at its end */
	bool bit_moved;		/* widget.ready is the next bit */
	bool end_two;		/* widget.end takes two parameters */
	bool func_void;		/* widget_init returns nothing */
	bool color_changed;	/* BLUE is 7 */
	bool state_changed;	/* W_BAD, of an enum without a name, is 7 */
	bool no_state;		/* there is no W_BAD */
	bool other_widget;	/* a driver has a private struct widget too */
	bool same_widget;	/* struct widget is there twice, equal */
	bool two_widgets;	/* struct widget is there twice, not equal */
	unsigned int shift;	/* this many unrelated types come first */
	/* of the kind NEW_KIND, which nobody knows: */
	bool stranger;		/* a type that nothing refers to */
	bool list_strange;	/* widget.list is of such a type */
	bool early_strange;	/* widget.early, which nobody asks for, is a pointer to one */
	bool init_strange;	/* widget_init has such a parameter */
	bool described;		/* a layout section says how long it is */
};

#define NEW_KIND	23

/* Ids that tests ask for. */
struct synth_ids {
	int widget, u64_id, widget_init;
};

static struct synth_ids synth_ids __attribute__((__unused__));

static inline int synth_widget(struct writer *b, const struct synth *s, int u32_id, int boolean,
			       int early, int list, int fn_ptr, int other_ptr, int in_union,
			       int extra)
{
	int at = s->moved ? 24 : 16, id;

	id = w_struct(b, "widget", 64 + (s->grown ? 8 : 0) + extra);
	w_field(b, "size", s->retyped ? other_ptr : u32_id, 0, 0);
	/* kflag structs: bit offsets in the low 24 bits, widths above */
	w_field(b, "early", early, 64, 1);
	w_field(b, "ready", boolean, s->bit_moved ? 67 : 66, 1);
	w_field(b, "wide", u32_id, 96, 12);
	w_field(b, s->renamed ? "chain" : "list", list, at * 8, 0);
	w_field(b, NULL, in_union, 40 * 8, 0);
	w_field(b, "end", fn_ptr, (56 + extra) * 8, 0);
	return id;
}

/* A record of the new kind: 8 bytes of its own, two elements of 4 each. */
static inline int synth_stranger(struct writer *b, int type)
{
	int id = w_type(b, "stranger", NEW_KIND, 2, type);
	int i;

	/* read as a type it would be an int of no size */
	for (i = 0; i < 4; i++)
		w_word(b, 0x01000000);
	return id;
}

static inline struct writer *synth_base(const struct synth *s)
{
	struct writer *b = w_new(NULL);
	int u32_id, ulong, boolean, list, head, list_ptr, fn, fn_ptr, other, other_ptr;
	int inner, in_union, widget = 0, widget_ptr, strange = 0, early;
	unsigned int i;
	char name[32];

	if (s->described) {
		w_describe_known(b);
		w_describe(b, NEW_KIND, 8, 4);
	}
	for (i = 0; i < s->shift; i++) {
		snprintf(name, sizeof(name), "filler%u", i);
		w_struct(b, name, 4);
	}
	u32_id = w_int(b, "unsigned int", 4, 0);
	ulong = w_int(b, "long unsigned int", 8, 0);
	synth_ids.u64_id = w_type(b, "u64", W_TYPEDEF, 0, ulong);
	boolean = w_int(b, "_Bool", 1, 4);
	boolean = w_type(b, "bool", W_TYPEDEF, 0, boolean);

	/* list_head points at itself: its id is known one type ahead */
	head = b->nr + 1;
	list_ptr = w_type(b, NULL, W_PTR, 0, head + 1);
	list = w_struct(b, "list_head", 16);
	w_field(b, "next", list_ptr, 0, 0);
	w_field(b, "prev", list_ptr, 64, 0);

	if (s->stranger || s->list_strange || s->early_strange || s->init_strange)
		strange = synth_stranger(b, list);
	early = s->early_strange ? w_type(b, NULL, W_PTR, 0, strange) : boolean;
	if (s->list_strange)
		list = w_type(b, "list_t", W_TYPEDEF, 0, strange);

	other = w_type(b, "owner", W_FWD, 0, 0);
	other_ptr = w_type(b, NULL, W_PTR, 0, other);
	fn = w_type(b, NULL, W_PROTO, 0, 0);
	w_elem(b, NULL, other_ptr);
	w_elem(b, NULL, u32_id);
	if (!s->end_two)
		w_elem(b, NULL, ulong);
	fn_ptr = w_type(b, NULL, W_PTR, 0, fn);

	inner = w_struct(b, NULL, 16);
	w_field(b, "deep", synth_ids.u64_id, 64, 0);
	in_union = w_type(b, NULL, W_UNION, 0, 16);
	w_field(b, "shallow", u32_id, 0, 0);
	w_field(b, NULL, inner, 0, 0);

	if (s->other_widget) {
		w_struct(b, "widget", 4);
		w_field(b, "unrelated", u32_id, 0, 0);
	}
	if (!s->no_widget)
		widget = synth_widget(b, s, u32_id, boolean, early, list, fn_ptr, other_ptr,
				      in_union, 0);
	synth_ids.widget = widget;
	if (s->same_widget || s->two_widgets)
		synth_widget(b, s, u32_id, boolean, early, list, fn_ptr, other_ptr, in_union,
			     s->two_widgets ? 16 : 0);

	widget_ptr = w_type(b, NULL, W_PTR, 0, widget ? widget : other);
	fn = w_type(b, NULL, W_PROTO, 0, s->func_void ? 0 : u32_id);
	w_elem(b, "w", widget_ptr);
	w_elem(b, "n", s->init_strange ? strange : synth_ids.u64_id);
	/* a function's vlen says whether it is static (0) or global (1) */
	synth_ids.widget_init = w_type(b, "widget_init", W_FUNC, 1, fn);
	fn = w_type(b, NULL, W_PROTO, 0, 0);
	w_type(b, "widget_exit", W_FUNC, 0, fn);

	w_type(b, "color", W_ENUM, 0, 4);
	w_elem(b, "RED", 0);
	w_elem(b, "BLUE", s->color_changed ? 7 : 1);
	w_type(b, NULL, W_ENUM, 0, 4);
	w_elem(b, "W_NEW", 0);
	if (!s->no_state)
		w_elem(b, "W_BAD", s->state_changed ? 7 : 3);
	w_type(b, NULL, W_ENUM, 0, 4);
	w_elem(b, "OTHER", 3);
	return b;
}

/* A module's types on top: struct gadget embeds the kernel's struct widget. */
static inline struct writer *synth_module(const struct writer *base, unsigned int at)
{
	struct writer *m = w_new(base);

	w_struct(m, "gadget", 128);
	w_field(m, "w", synth_ids.widget, at * 8, 0);
	return m;
}

#endif /* TEST_BTF_SYNTH_H */
