// The null driver: completes every read at once, as many bytes as were asked for.
#include "null-driver.hpp"

void null_evt_io_read(Gate&, Request& request, int32_t length) {
  request.complete_with_information(0, length);
}
