/* The version of the program, by Semantic Versioning. */
#ifndef BUS_VERSION_H
#define BUS_VERSION_H

#define MINDEX_VERSION "0.1.0"

#endif
