#include "core/definition.h"

#include "services/bus/text.h"
#include "tests/fuzz/fuzz.h"

static void check_text(const char *text) {
    for (const char *at = text; at && *at;) {
        char line[4096];
        size_t length = strcspn(at, "\n\t");
        fuzz_check(length < sizeof line);
        memcpy(line, at, length);
        line[length] = '\0';
        fuzz_check(text_is_plain(line, sizeof line));
        at += length + (at[length] != '\0');
    }
}

/* Names are shown on terminals, and ids become topics and names of files. */
static void check(const struct definition *definition) {
    check_text(definition->id);
    check_text(definition->title);
    fuzz_check(definition->n_nodes > 0 && definition->nodes[0].parent == NO_NODE);
    for (size_t i = 0; i < definition->n_nodes; i++) {
        const struct node *node = &definition->nodes[i];
        check_text(node->id);
        check_text(node->name);
        check_text(node->unit);
        fuzz_check(!strchr(node->id, '/') && !strchr(node->id, '.') && node->end > i);
        fuzz_check(node->end <= definition->n_nodes && (i == 0 || node->parent < i));
        fuzz_check(node->level < definition->n_levels &&
                   definition_node(definition, node->id) == i);
        if (node_is_metric(node))
            fuzz_check(node->dataset < definition->n_datasets);
    }
    for (size_t i = 0; i < definition->n_datasets; i++) {
        check_text(definition->datasets[i].id);
        check_text(definition->datasets[i].title);
        check_text(definition->datasets[i].publisher);
        check_text(definition->datasets[i].licence);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct fault fault = {0};
    struct definition *definition =
        definition_read("fuzz.yaml", (const char *)bytes, length, &fault);
    if (definition)
        check(definition);
    else
        fuzz_refused(&fault);
    definition_destroy(&definition);
    return 0;
}
