#include "core/own_codes.h"

#include "core/number.h"
#include "core/table.h"

#include <stdio.h>
#include <stdlib.h>

struct writing {
    FILE *codes, *geography;
};

static bool write_area(void *context, const struct csv_record *record, struct fault *fault) {
    enum { CODE, NAME, POPULATION = 5 };
    const struct writing *out = context;
    const struct csv_field *fields = record->fields;
    const char *code = fields[CODE].text;
    const struct csv_field *people = &fields[POPULATION];
    double population;
    (void)fault;
    csv_write(out->codes, code);
    (void)fputc(',', out->codes);
    csv_write(out->codes, fields[NAME].text);
    (void)fputs("," OWN_LEVEL ",", out->codes);
    /* Another than a number above 0 is refused when the areas are read, with its place. */
    if (number_read(people->text, people->length, &population) && population > 0)
        csv_write(out->codes, people->text);
    (void)fputc('\n', out->codes);
    csv_write(out->geography, code);
    (void)fputs("," OWN_LEVEL ",1,", out->geography);
    csv_write(out->geography, code);
    (void)fputs(",\n", out->geography);
    return true;
}

bool own_codes_make(struct geography_tables *tables, struct fault *fault) {
    static const char *const columns[] = {"code", "name",       "region_code", "region",
                                          "type", "population", "longitude",   "latitude"};
    char *codes = NULL, *geography = NULL;
    tables->codes.name = tables->geography.name = tables->areas.name;
    struct writing out = {.codes = open_memstream(&codes, &tables->codes.length),
                          .geography = open_memstream(&geography, &tables->geography.length)};
    bool good = (out.codes && out.geography) || fault_memory(fault);
    if (good) {
        (void)fputs("code,name,level,population\n", out.codes);
        (void)fputs("area_code,level,step,source_code,weight\n", out.geography);
        good = table_read(tables->areas, columns, sizeof columns / sizeof *columns, write_area,
                          &out, fault);
    }
    bool whole = csv_close(out.codes, &codes);
    whole &= csv_close(out.geography, &geography);
    if (good && !whole)
        good = fault_memory(fault);
    tables->codes.bytes = codes;
    tables->geography.bytes = geography;
    if (!good)
        own_codes_free(tables);
    return good;
}

void own_codes_free(struct geography_tables *tables) {
    free((char *)tables->codes.bytes);
    free((char *)tables->geography.bytes);
    tables->codes.bytes = tables->geography.bytes = NULL;
}
