// Twin of bench/engine/slab.ts: requests in a slab of slots of 8 words (src/abi/irp-layout.ts), their numbers
// through two rings. Main fills a slot and submits it; the thread reads the slot, writes a result beside its
// completion; main reaps: a batch each.
// Checked: slots come back in the order in which they were sent, each with status and Information right, and
// the thread's sum over the offsets it read is main's.
#include <thread>

#include "spsc-ring.hpp"
#include "twins.hpp"

namespace {
constexpr uint32_t SLOT_SHIFT = 3;
constexpr int32_t ROW = 0, FILE_ID = 1, LENGTH = 2, OFFSET_LO = 3, OFFSET_HI = 4, BUFFER = 5;
constexpr int32_t READ_BYTES = 512;
constexpr int32_t OFFSET_MASK = 0x0fffffff;
constexpr int ROUNDS_PER_TURN = 64;

struct Slab {
  explicit Slab(uint32_t depth)
      : depth(depth),
        completions(ring_words(depth)),
        results(completions + ring_words(depth)),
        slots(results + static_cast<int32_t>(depth) * 2),
        words(allocate_words(slots + (depth << SLOT_SHIFT))) {}
  ~Slab() { std::free(words); }
  uint32_t depth;
  int32_t completions, results, slots;
  int32_t* words;
};

uint32_t touch_some(const Slab& slab, Consumer& submissions, Producer& completions, uint32_t batch) {
  int32_t* const words = slab.words;
  const uint32_t count = submissions.available(batch);
  uint32_t sum = 0;
  for (uint32_t i = 0; i < count; i++) {
    const int32_t slot = submissions.take();
    const int32_t* irp = words + slab.slots + (slot << SLOT_SHIFT);
    int32_t* result = words + slab.results + (completions.stage(slot) << 1);
    sum += static_cast<uint32_t>(irp[OFFSET_LO]);
    result[0] = irp[ROW] == 3 ? 0 : -1;
    result[1] = irp[LENGTH];
  }
  submissions.release();
  completions.publish();
  return sum;
}

void submit_batch(const Slab& slab, Producer& submissions, uint32_t from, uint32_t batch) {
  for (uint32_t i = 0; i < batch; i++) {
    const uint32_t slot = (from + i) & (slab.depth - 1);
    int32_t* irp = slab.words + slab.slots + (slot << SLOT_SHIFT);
    irp[ROW] = 3;
    irp[FILE_ID] = 1;
    irp[LENGTH] = READ_BYTES;
    irp[OFFSET_LO] = static_cast<int32_t>((from + i) << 9) & OFFSET_MASK;
    irp[OFFSET_HI] = 0;
    irp[BUFFER] = 4096;
    submissions.stage(static_cast<int32_t>(slot));
  }
  submissions.publish();
}
}  // namespace

void measure_slab(const Options& options) {
  const Slab slab(options.depth);
  Producer submissions(slab.words, 0, slab.depth);
  Consumer completions(slab.words, slab.completions, slab.depth);
  std::atomic<bool> stop{false};
  std::atomic<uint32_t> touched{0};
  std::thread worker([&] {
    Consumer taken(slab.words, 0, slab.depth);
    Producer done(slab.words, slab.completions, slab.depth);
    uint32_t sum = 0;
    while (!stop.load(std::memory_order_relaxed)) sum += touch_some(slab, taken, done, options.batch);
    touched = sum;
  });
  uint32_t issued = 0, reaped = 0;
  uint64_t total = 0, information = 0;
  bool right = true;
  const auto reap = [&] {
    const uint32_t count = completions.available(options.batch);
    for (uint32_t i = 0; i < count; i++) {
      const int32_t* result = slab.words + slab.results + (completions.place() << 1);
      const auto slot = static_cast<uint32_t>(completions.take());
      right = right && slot == ((reaped + i) & (slab.depth - 1)) && result[0] == 0;
      information += static_cast<uint64_t>(result[1]);
    }
    completions.release();
    reaped += count;
    total += count;
    return count;
  };
  Histogram latency;
  const auto turns = [&] {
    for (int round = 0; round < ROUNDS_PER_TURN; round++) {
      while (issued - reaped + options.batch <= slab.depth) {
        submit_batch(slab, submissions, issued, options.batch);
        issued += options.batch;
      }
      reap();
    }
  };
  Measurement measured = run_timed(options, latency, turns, [&] { return static_cast<double>(total); });
  while (reaped != issued) reap();
  stop = true;
  worker.join();
  uint32_t expected = 0;
  for (uint64_t i = 0; i < total; i++) {
    expected += static_cast<uint32_t>(static_cast<int32_t>(static_cast<uint32_t>(i) << 9) & OFFSET_MASK);
  }
  measured.checksum_ok = right && information == total * READ_BYTES && touched == expected;
  print_json(measured, latency);
}
