#include "services/views/svg.h"

#include "services/views/html.h"

#include <math.h>

/* Beyond it nothing is on any drawing; an extreme figure of a worker's may come here. */
#define SVG_FARTHEST 1e9

void svg_number(FILE *out, double value) {
    long long hundredths = llround(fmax(-SVG_FARTHEST, fmin(SVG_FARTHEST, value)) * 100);
    const char *sign = hundredths < 0 ? "-" : "";
    if (hundredths < 0)
        hundredths = -hundredths;
    (void)fprintf(out, "%s%lld", sign, hundredths / 100);
    if (hundredths % 100 == 0)
        return;
    (void)fprintf(out, hundredths % 10 ? ".%02lld" : ".%lld",
                  hundredths % 10 ? hundredths % 100 : hundredths % 100 / 10);
}

static void attribute(FILE *out, const char *name, double value) {
    (void)fprintf(out, " %s=\"", name);
    svg_number(out, value);
    (void)fputc('"', out);
}

void svg_begin(FILE *out, double width, double height, const char *title, const char *description) {
    (void)fputs("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"", out);
    attribute(out, "width", width);
    attribute(out, "height", height);
    (void)fputs(" viewBox=\"0 0 ", out);
    svg_number(out, width);
    (void)fputc(' ', out);
    svg_number(out, height);
    (void)fputs("\" font-family=\"Arial, Helvetica, sans-serif\">\n<title>", out);
    html_text(out, title);
    (void)fputs("</title>\n<desc>", out);
    html_text(out, description);
    (void)fputs("</desc>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n", out);
}

void svg_end(FILE *out) {
    (void)fputs("</svg>\n", out);
}

void svg_text(FILE *out, struct svg_text style, const char *text) {
    static const char *const anchors[] = {"start", "middle", "end"};
    (void)fputs("<text", out);
    attribute(out, "x", style.x);
    attribute(out, "y", style.y);
    attribute(out, "font-size", style.size);
    (void)fprintf(out, " fill=\"%s\"", style.fill);
    if (style.anchor != SVG_START) {
        (void)fprintf(out, " text-anchor=\"%s\"", anchors[style.anchor]);
    }
    if (style.bold)
        (void)fputs(" font-weight=\"bold\"", out);
    if (style.halo) {
        (void)fputs(" stroke=\"#ffffff\" stroke-width=\"4\" stroke-linejoin=\"round\""
                    " paint-order=\"stroke\"",
                    out);
    }
    (void)fputc('>', out);
    html_text(out, text);
    (void)fputs("</text>\n", out);
}

void svg_line(FILE *out, double x1, double y1, double x2, double y2, const char *stroke,
              double width, const char *dash) {
    (void)fputs("<line", out);
    attribute(out, "x1", x1);
    attribute(out, "y1", y1);
    attribute(out, "x2", x2);
    attribute(out, "y2", y2);
    (void)fprintf(out, " stroke=\"%s\"", stroke);
    attribute(out, "stroke-width", width);
    if (dash)
        (void)fprintf(out, " stroke-dasharray=\"%s\"", dash);
    (void)fputs("/>\n", out);
}
