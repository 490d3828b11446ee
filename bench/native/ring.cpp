// Twin of bench/engine/ring.ts: main sends the numbers 0, 1, 2 … through a ring, a thread takes and sums them.
// Checked: the thread's count and sum are the sender's.
#include <thread>

#include "spsc-ring.hpp"
#include "twins.hpp"

namespace {
constexpr uint32_t CAPACITY = 16384;
constexpr uint32_t LIMIT = 4096;
constexpr int POLLS_PER_LOOK = 4096;
constexpr int ROUNDS_PER_TURN = 256;

struct Taken {
  uint64_t count = 0;
  uint32_t sum = 0;
};

uint32_t consume_some(Consumer& consumer, Taken& taken) {
  const uint32_t available = consumer.available(LIMIT);
  uint32_t partial = 0;
  for (uint32_t i = 0; i < available; i++) partial += static_cast<uint32_t>(consumer.take());
  consumer.release();
  taken.sum += partial;
  taken.count += available;
  return available;
}

void consume_until(Consumer& consumer, Taken& taken, const std::atomic<bool>& stop) {
  for (bool is_last = false; !is_last;) {
    is_last = stop.load();
    for (int poll = 0; poll < POLLS_PER_LOOK; poll++) consume_some(consumer, taken);
  }
  while (consume_some(consumer, taken) != 0) {
  }
}
}  // namespace

void measure_ring(const Options& options) {
  int32_t* words = allocate_words(ring_words(CAPACITY));
  Producer producer(words, 0, CAPACITY);
  Taken taken;
  std::atomic<bool> stop{false};
  std::thread consumer_thread([&] {
    Consumer consumer(words, 0, CAPACITY);
    consume_until(consumer, taken, stop);
  });
  uint64_t sent = 0;
  Histogram latency;
  const auto turns = [&] {
    for (int round = 0; round < ROUNDS_PER_TURN && producer.free(options.batch) >= options.batch; round++) {
      for (uint32_t i = 0; i < options.batch; i++) producer.stage(static_cast<int32_t>(sent + i));
      producer.publish();
      sent += options.batch;
    }
  };
  const auto completed = [&] { return static_cast<double>(sent - (CAPACITY - producer.free(CAPACITY))); };
  Measurement measured = run_timed(options, latency, turns, completed);
  stop = true;
  consumer_thread.join();
  // 0 + 1 + … + sent - 1 modulo 2^32: one of the two factors is even.
  const uint64_t sum = sent % 2 == 0 ? sent / 2 * (sent - 1) : (sent - 1) / 2 * sent;
  measured.checksum_ok = taken.count == sent && taken.sum == static_cast<uint32_t>(sum);
  print_json(measured, latency);
  std::free(words);
}
