#include "services/bus/request_id.h"

#include <sodium.h>
#include <string.h>

void request_id_new(char out[REQUEST_ID_TEXT]) {
    unsigned char bytes[(REQUEST_ID_TEXT - 1) / 2];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(out, REQUEST_ID_TEXT, bytes, sizeof bytes);
}

bool request_id_valid(const char *text) {
    return strlen(text) == REQUEST_ID_TEXT - 1 &&
           strspn(text, "0123456789abcdef") == REQUEST_ID_TEXT - 1;
}

void request_id_take(const char *given, char out[REQUEST_ID_TEXT]) {
    if (given && request_id_valid(given))
        memcpy(out, given, REQUEST_ID_TEXT);
    else
        request_id_new(out);
}
