#include "services/views/json.h"

void json_key(FILE *out, const char *key, int first) {
    if (!first)
        (void)fputc(',', out);
    json_write_text(out, key);
    (void)fputc(':', out);
}
