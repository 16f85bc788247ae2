/* The form in which a reader chooses: selects that work without JavaScript, and show their state.
 */
#include "services/views/choice.h"
#include "services/views/html.h"

#include <string.h>

static void hidden(FILE *out, const char *name, const char *value) {
    (void)fprintf(out, "<input type=\"hidden\" name=\"%s\" value=\"", name);
    html_text(out, value);
    (void)fputs("\">\n", out);
}

void form_keep(FILE *out, const struct request *request, const char *name) {
    const char *value = choice_given(request, name);
    if (value)
        hidden(out, name, value);
}

void form_begin(FILE *out, const struct request *request, const char *path) {
    (void)fprintf(out, "<form class=\"filters\" method=\"get\" action=\"%s\">\n", path);
    form_keep(out, request, "edition");
}

void form_end(FILE *out, const char *button) {
    (void)fprintf(out, "<button type=\"submit\">%s</button>\n</form>\n", button);
}

static void select_begin(FILE *out, const char *name, const char *label) {
    (void)fprintf(out,
                  "<div><label for=\"choose-%s\">%s</label>\n<select id=\"choose-%s\" name=\"%s\">",
                  name, label, name, name);
}

static void option(FILE *out, const char *value, const char *words, bool chosen) {
    (void)fputs("<option value=\"", out);
    html_text(out, value);
    (void)fprintf(out, "\"%s>", chosen ? " selected" : "");
    html_text(out, words);
    (void)fputs("</option>\n", out);
}

static void select_end(FILE *out) {
    (void)fputs("</select></div>\n", out);
}

/* The root and its children first; then, by child, what is below. */
void form_nodes(FILE *out, const struct view *view, const char *name, const char *label,
                const char *none, size_t chosen) {
    const struct definition *definition = view->pack->definition;
    const struct node *nodes = definition->nodes;
    select_begin(out, name, label);
    if (none)
        option(out, "", none, chosen == NO_NODE);
    for (size_t k = 0; k < definition->n_nodes; k++) {
        if (nodes[k].level <= 1)
            option(out, nodes[k].id, nodes[k].name, chosen == k);
    }
    for (size_t k = 1; k < definition->n_nodes; k++) {
        if (nodes[k].level == 1 && nodes[k].end == k + 1)
            continue;
        if (nodes[k].level == 1) {
            (void)fputs("<optgroup label=\"", out);
            html_text(out, nodes[k].name);
            (void)fputs("\">\n", out);
        } else {
            option(out, nodes[k].id, nodes[k].name, chosen == k);
        }
        bool last = k + 1 == definition->n_nodes || nodes[k + 1].level == 1;
        if (last)
            (void)fputs("</optgroup>\n", out);
    }
    select_end(out);
}

static void groups(FILE *out, const char *name, const char *label, const char *all,
                   const char *const *words, size_t n, const char *chosen) {
    select_begin(out, name, label);
    option(out, "", all, !chosen);
    for (size_t i = 0; i < n; i++)
        option(out, words[i], words[i], chosen && strcmp(chosen, words[i]) == 0);
    select_end(out);
}

void form_regions(FILE *out, const struct view *view, const char *chosen) {
    const char *words[CHOICE_GROUPS_MAX];
    size_t n = choice_regions(view, words);
    if (n)
        groups(out, "region", "Region", "All regions", words, n, chosen);
}

void form_places(FILE *out, const struct view *view, const struct choice *chosen) {
    const struct definition *definition = view->pack->definition;
    const char *words[CHOICE_GROUPS_MAX];
    form_regions(out, view, chosen->region);
    size_t n = choice_types(view, words);
    if (n)
        groups(out, "type", "Type of place", "All types", words, n, chosen->type);
    select_begin(out, "band", "Need");
    option(out, "", "All bands", chosen->band == 0);
    for (unsigned band = 1; band <= definition->bands; band++) {
        char number[16];
        (void)snprintf(number, sizeof number, "%u", band);
        option(out, number, band_name(definition, band), chosen->band == band);
    }
    select_end(out);
}

void form_words(FILE *out, const char *name, const char *label, const char *const *ids,
                const char *const *words, size_t n, size_t chosen) {
    select_begin(out, name, label);
    for (size_t i = 0; i < n; i++)
        option(out, ids[i], words[i], chosen == i);
    select_end(out);
}
