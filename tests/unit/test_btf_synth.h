/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small kernel's BTF, made to order: the structs that the tests of the
 * layout generator and of the load-time check look for, with the changes that
 * another kernel might bring.
 */
#ifndef TEST_BTF_SYNTH_H
#define TEST_BTF_SYNTH_H

#include <bpf/btf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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
};

static inline int synth_widget(struct btf *b, const struct synth *s, int u32_id, int boolean,
			       int list, int fn_ptr, int other_ptr, int in_union, int extra)
{
	int at = s->moved ? 24 : 16, id;

	id = btf__add_struct(b, "widget", 64 + (s->grown ? 8 : 0) + extra);
	btf__add_field(b, "size", s->retyped ? other_ptr : u32_id, 0, 0);
	/* kflag structs: bit offsets in the low 24 bits, widths above */
	btf__add_field(b, "early", boolean, 64, 1);
	btf__add_field(b, "ready", boolean, s->bit_moved ? 67 : 66, 1);
	btf__add_field(b, "wide", u32_id, 96, 12);
	btf__add_field(b, s->renamed ? "chain" : "list", list, at * 8, 0);
	btf__add_field(b, NULL, in_union, 40 * 8, 0);
	btf__add_field(b, "end", fn_ptr, (56 + extra) * 8, 0);
	return id;
}

static inline struct btf *synth_base(const struct synth *s)
{
	struct btf *b = btf__new_empty();
	int u32_id, u64_id, boolean, list, head, list_ptr, fn, fn_ptr, other, other_ptr;
	int inner, in_union, widget = 0, widget_ptr, ulong;
	unsigned int i;
	char name[32];

	for (i = 0; i < s->shift; i++) {
		snprintf(name, sizeof(name), "filler%u", i);
		btf__add_struct(b, name, 4);
	}
	u32_id = btf__add_int(b, "unsigned int", 4, 0);
	ulong = btf__add_int(b, "long unsigned int", 8, 0);
	u64_id = btf__add_typedef(b, "u64", ulong);
	boolean = btf__add_int(b, "_Bool", 1, BTF_INT_BOOL);
	boolean = btf__add_typedef(b, "bool", boolean);

	/* list_head points at itself: its id is known one type ahead */
	head = btf__type_cnt(b);
	list_ptr = btf__add_ptr(b, head + 1);
	list = btf__add_struct(b, "list_head", 16);
	btf__add_field(b, "next", list_ptr, 0, 0);
	btf__add_field(b, "prev", list_ptr, 64, 0);

	other = btf__add_fwd(b, "owner", BTF_FWD_STRUCT);
	other_ptr = btf__add_ptr(b, other);
	fn = btf__add_func_proto(b, 0);
	btf__add_func_param(b, NULL, other_ptr);
	btf__add_func_param(b, NULL, u32_id);
	if (!s->end_two)
		btf__add_func_param(b, NULL, ulong);
	fn_ptr = btf__add_ptr(b, fn);

	inner = btf__add_struct(b, NULL, 16);
	btf__add_field(b, "deep", u64_id, 64, 0);
	in_union = btf__add_union(b, NULL, 16);
	btf__add_field(b, "shallow", u32_id, 0, 0);
	btf__add_field(b, NULL, inner, 0, 0);

	if (s->other_widget) {
		btf__add_struct(b, "widget", 4);
		btf__add_field(b, "unrelated", u32_id, 0, 0);
	}
	if (!s->no_widget)
		widget = synth_widget(b, s, u32_id, boolean, list, fn_ptr, other_ptr, in_union, 0);
	if (s->same_widget || s->two_widgets)
		synth_widget(b, s, u32_id, boolean, list, fn_ptr, other_ptr, in_union,
			     s->two_widgets ? 16 : 0);

	widget_ptr = btf__add_ptr(b, widget ? widget : other);
	fn = btf__add_func_proto(b, s->func_void ? 0 : u32_id);
	btf__add_func_param(b, "w", widget_ptr);
	btf__add_func_param(b, "n", u64_id);
	btf__add_func(b, "widget_init", BTF_FUNC_GLOBAL, fn);
	fn = btf__add_func_proto(b, 0);
	btf__add_func(b, "widget_exit", BTF_FUNC_STATIC, fn);

	btf__add_enum(b, "color", 4);
	btf__add_enum_value(b, "RED", 0);
	btf__add_enum_value(b, "BLUE", s->color_changed ? 7 : 1);
	btf__add_enum(b, NULL, 4);
	btf__add_enum_value(b, "W_NEW", 0);
	if (!s->no_state)
		btf__add_enum_value(b, "W_BAD", s->state_changed ? 7 : 3);
	btf__add_enum(b, NULL, 4);
	btf__add_enum_value(b, "OTHER", 3);
	return b;
}

/* A module's types on top: struct gadget embeds the kernel's struct widget. */
static inline struct btf *synth_module(struct btf *base, unsigned int at)
{
	int widget = btf__find_by_name_kind(base, "widget", BTF_KIND_STRUCT);
	struct btf *m = btf__new_empty_split(base);

	btf__add_struct(m, "gadget", 128);
	btf__add_field(m, "w", widget, at * 8, 0);
	return m;
}

#endif /* TEST_BTF_SYNTH_H */
