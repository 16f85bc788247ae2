/* What a viewer keeps from one turn to the next. */
#include "services/views/viewer_parts.h"

#include <stdlib.h>
#include <string.h>

static const size_t most[KEPT_KINDS] = {[KEPT_VIEW] = 4,
                                        [KEPT_CELLS] = 4,
                                        [KEPT_PAST] = HISTORY_MAX + 24,
                                        [KEPT_ANSWER] = 0,
                                        [KEPT_HISTORY] = 0};

static void close_shown(struct shown *shown) {
    for (size_t k = 0; k < shown->n_spreads; k++)
        spread_destroy(&shown->spreads[k]);
    free(shown->spreads);
    changes_destroy(&shown->changes);
    free(shown->before);
    reasons_destroy(&shown->reasons);
    wire_free(&shown->answer);
    free(shown);
}

static void drop(struct viewer *viewer, enum kept_kind kind, void *object) {
    if (kind == KEPT_VIEW) {
        close_shown(object);
    } else if (kind == KEPT_PAST) {
        struct past *past = object;
        struct arena *arena = past->arena; /* it lies in it */
        library_let_go(viewer->library, past->view.pack);
        arena_destroy(&arena);
    } else if (kind == KEPT_ANSWER) {
        Message *answer = object;
        wire_free(&answer);
    } else {
        free(object);
    }
}

void *viewer_find(struct viewer *viewer, enum kept_kind kind, const char *key) {
    for (struct kept *kept = viewer->kept; kept; kept = kept->next) {
        if (kept->kind == kind && strcmp(kept->key, key) == 0) {
            kept->turn = viewer->turn;
            return kept->object;
        }
    }
    return NULL;
}

bool viewer_keep(struct viewer *viewer, enum kept_kind kind, const char *key, void *object,
                 struct fault *fault) {
    struct kept *kept = object ? malloc(sizeof *kept) : NULL;
    if (!kept) {
        if (object)
            drop(viewer, kind, object);
        return fault_memory(fault);
    }
    *kept =
        (struct kept){.kind = kind, .turn = viewer->turn, .object = object, .next = viewer->kept};
    (void)snprintf(kept->key, sizeof kept->key, "%s", key);
    viewer->kept = kept;
    return true;
}

/* Whether more of its kind than may be kept were used later, or are as old and stand before it. */
static bool is_too_much(const struct viewer *viewer, const struct kept *which) {
    size_t before = 0;
    bool passed = false;
    for (const struct kept *kept = viewer->kept; kept; kept = kept->next) {
        passed = passed || kept == which;
        if (kept->kind == which->kind)
            before += kept->turn > which->turn || (kept->turn == which->turn && !passed);
    }
    return before >= most[which->kind];
}

void viewer_trim(struct viewer *viewer, bool all) {
    for (struct kept **at = &viewer->kept; *at;) {
        struct kept *kept = *at;
        if (!all && !is_too_much(viewer, kept)) {
            at = &kept->next;
            continue;
        }
        *at = kept->next;
        drop(viewer, kept->kind, kept->object);
        free(kept);
    }
}
