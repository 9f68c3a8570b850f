#include "CProbex.h"

/* `#embed` puts the file into the object as it is; as a Swift array literal of a hundred thousand
 * numbers it would take minutes to compile. */
#pragma clang diagnostic ignored "-Wc23-extensions"
static const unsigned char openrpc[] = {
#embed "../../Protocol/openrpc.json"
};

const unsigned char *probex_openrpc(size_t *count) {
  *count = sizeof openrpc;
  return openrpc;
}
