// The native twins as a program: TWIN [--batch N] [--depth N] [--warmup-ms N] [--duration-ms N]; one line of
// JSON on standard output, in the shape of bench/scenario.ts's Measurement.
// Exit codes: 0 measured, 2 usage.
#include <cstdlib>
#include <cstring>

#include "twins.hpp"

int main(int argc, char** argv) {
  Options options;
  for (int i = 2; i + 1 < argc; i += 2) {
    const double value = std::atof(argv[i + 1]);
    if (std::strcmp(argv[i], "--batch") == 0) options.batch = static_cast<uint32_t>(value);
    else if (std::strcmp(argv[i], "--depth") == 0) options.depth = static_cast<uint32_t>(value);
    else if (std::strcmp(argv[i], "--warmup-ms") == 0) options.warmup_ms = value;
    else if (std::strcmp(argv[i], "--duration-ms") == 0) options.duration_ms = value;
    else return 2;
  }
  const char* twin = argc > 1 ? argv[1] : "";
  if (std::strcmp(twin, "ring") == 0) measure_ring(options);
  else if (std::strcmp(twin, "slab") == 0) measure_slab(options);
  else if (std::strcmp(twin, "null-driver") == 0) measure_null_driver(options);
  else return 2;
  return 0;
}
