// The twins: what is measured natively, each beside the scenario of ours that it is the limit of.
#pragma once
#include "measurement.hpp"

// ring.cpp: bench/engine/ring.ts. Slot numbers from one thread to another.
void measure_ring(const Options& options);
// slab.cpp: bench/engine/slab.ts. Submit, touch, complete, reap, without an engine.
void measure_slab(const Options& options);
// null-driver.cpp: bench/engine/batch.ts. The same through slot table, dispatch table, gate and handler.
void measure_null_driver(const Options& options);
