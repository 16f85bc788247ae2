/* What the resources of the API share. */
#ifndef VIEWS_API_PARTS_H
#define VIEWS_API_PARTS_H

#include "services/views/api.h"
#include "services/views/sheet.h"

/* Parameters of the query, as bits. */
enum {
    TAKES_NODE = 1,     /* one node; the root unless told; "all" */
    TAKES_REGION = 2,   /* code or name */
    TAKES_TYPE = 4,     /* of area */
    TAKES_BAND = 8,     /* in words, or by its number */
    TAKES_AREA = 16,    /* code or name, of any vintage */
    TAKES_QUERY = 32,   /* q: what somebody types */
    TAKES_PAGE = 64,    /* limit, offset */
    TAKES_AFTER = 128,  /* after, limit: of events */
    TAKES_FILTER = 256, /* services/bus/filter.h */
    TAKES_SPEND = 512,  /* services/views/spend_choice.h */
    TAKES_EDITION = 1024,
    TAKES_STREAM = 2048 /* after, digest: of the stream of events */
};

enum { EVERY_NODE = -2 }; /* as size_t: beside NO_NODE */
#define ALL_NODES ((size_t)EVERY_NODE)

/* The rows that are wanted of a sheet. */
struct selection {
    size_t node;              /* ALL_NODES: every one */
    size_t area;              /* SIZE_MAX: any */
    const char *region_code;  /* NULL: any */
    const char *type, *query; /* NULL: any */
    unsigned band;            /* 0: any */
    struct sheet_window rows; /* that will be answered */
};
#define ALL_ROWS ((struct sheet_window){0, UINT64_MAX, UINT64_MAX})

/* A table of the API, of one edition; `view` NULL: of none. NULL: a fault. */
typedef struct sheet *sheet_maker(struct viewer *viewer, const struct view *view,
                                  const struct selection *wanted, struct fault *fault);

struct resource {
    const char *id, *pattern, *summary, *description;
    unsigned takes;    /* bits TAKES_ */
    unsigned needs;    /* those that must be given */
    sheet_maker *make; /* NULL: it is no table */
    const char *type;  /* of the content, where it is no table */
    const struct sheet_column *columns;
    size_t n_columns;
    bool of_edition;        /* the newest one, or that of the path: not NULL */
    bool changes_with_time; /* what is told of an edition by its number may change yet */
    bool all_nodes;         /* unless told otherwise */
};

/* Answers with the resource's table. */
void api_answer(const struct resource *resource, struct viewer *viewer,
                const struct request *request, struct answer *answer);

/* False: a parameter is not known, and the answer says so. */
bool api_knows(const struct resource *resource, const struct request *request,
               struct answer *answer);
/* The edition of the path's first {}, or of the parameter, or the newest where neither is. */
const struct view *api_view(const struct resource *resource, struct viewer *viewer,
                            const struct request *request, struct answer *answer);
bool api_select(const struct resource *resource, const struct view *view,
                const struct request *request, struct selection *out, struct answer *answer);
/* The area of the path's {} number `which`. SIZE_MAX: there is none, and the answer says so. */
size_t api_area_of_path(const struct view *view, const struct request *request, size_t which,
                        struct answer *answer);
bool api_wants(const struct selection *wanted, const struct view *view, size_t area);

/* A new sheet of the resource's columns, with what is told of the view; `node` (NULL: many) is of
 * all its rows. */
struct sheet *api_sheet(const struct resource *resource, const struct view *view, const char *node,
                        struct fault *fault);

/* Parts of rows: they fill the columns that the macros below name. */
#define EDITION_COLUMN                                                                             \
    {                                                                                              \
        "edition", "Edition", "Number of the edition that the row is of.", NULL, SHEET_COUNT,      \
            SHEET_FACT                                                                             \
    }
#define AREA_COLUMNS                                                                               \
    {"area_code", "Area code", "GSS code of the area.", NULL, SHEET_TEXT, SHEET_AREA},             \
        {"area_name", "Area", "Name of the area.", NULL, SHEET_TEXT, SHEET_PLAIN},                 \
        {"region_code", "Region code", "Code of the region that the area lies in.",                \
         NULL,          SHEET_TEXT,    SHEET_PLAIN},                                               \
        {"region", "Region", "Name of that region.", NULL, SHEET_TEXT, SHEET_PLAIN}, {             \
        "type", "Type", "Type of authority.", NULL, SHEET_TEXT, SHEET_PLAIN                        \
    }
#define NODE_COLUMNS                                                                               \
    {                                                                                              \
        "node",                                                                                    \
        "Node",                                                                                    \
        "Id of the node of the index: the whole, a mission, objective or metric.",                 \
        NULL,                                                                                      \
        SHEET_TEXT,                                                                                \
        SHEET_KEY},                                                                                \
        {"node_name", "Node's name", "Name of the node.", NULL, SHEET_TEXT, SHEET_PLAIN}, {        \
        "level", "Level", "Level of the node in the tree of the index.", NULL, SHEET_TEXT,         \
            SHEET_PLAIN                                                                            \
    }
void api_area_cells(struct sheet *sheet, const struct view *view, size_t area);
void api_node_cells(struct sheet *sheet, const struct view *view, size_t node);
/* 0: missing. */
void api_rank_cell(struct sheet *sheet, double rank);
void api_column_cells(struct sheet *sheet, const struct column *column, size_t at);
/* "" is missing. */
void api_text_cell(struct sheet *sheet, const char *text);

/* Publishers and licences that the edition's figures come from, as one line each. */
struct api_source {
    char source[4000], licence[2000];
};
void api_sources(const struct definition *definition, struct api_source *out);

extern const struct resource areas_resource, area_resource, history_resource, missions_resource,
    metrics_resource, editions_resource, edition_resource, profile_resource, ranks_resource,
    figures_resource, changes_resource, explanations_resource, spend_resource,
    edition_releases_resource, uncertainty_resource, releases_resource, events_resource,
    stream_resource;
/* Of areas and releases what does not change any more, for what is exported. */
extern const struct resource package_areas_resource, package_releases_resource;

#endif
