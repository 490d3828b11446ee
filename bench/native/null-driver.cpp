// Twin of bench/engine/batch.ts: the way of a read through the engine, step by step as src/manager and
// src/dispatch take it: arguments checked, slot taken from the host's table with a new generation, slot
// written, published, doorbell looked at; dispatch table, gate, presented mark, handler, checked completion,
// result, publish, doorbell; ownership checked against the table, slot freed, record for the callback.
// Left out: cancellation, files, waiting requests, faults: what a read of the null driver never meets. Nobody
// sleeps here, so a doorbell is looked at and never rung.
// Checked: contexts come back in the order in which they were sent, with success, and the sum of Information.
#include "null-driver.hpp"

#include <memory>
#include <thread>
#include <vector>

#include "twins.hpp"

struct Port {
  int32_t* words;
  int32_t results;
  std::unique_ptr<Consumer> submissions;
  std::unique_ptr<Producer> completions;
  std::vector<Request> requests;
  int32_t rejected = 0;
};

bool Request::complete_with_information(int32_t status, int32_t information) {
  if (state != RequestState::owned || status != 0 || information < 0 || information > words[base + IRP_LENGTH]) {
    return false;
  }
  state = RequestState::free;
  int32_t* result = words + port->results + (port->completions->stage(slot) << 1);
  result[0] = status;
  result[1] = information;
  gate->owned--;
  return true;
}

namespace {
constexpr uint32_t TURN_LIMIT = 128;
constexpr uint32_t RELEASE_EVERY = 256;
constexpr uint32_t BATCH_LIMIT = 256;
constexpr int ROUNDS_PER_TURN = 64;
constexpr int SAMPLE_EVERY = 13;
constexpr int32_t READ_BYTES = 512;
constexpr int32_t OFFSET_MASK = 0x0fffffff;
constexpr int32_t FILE_ID = 1;
constexpr int32_t FEWEST_SLOTS = 64;
constexpr uint32_t ENTRY_SHIFT = 2;
constexpr int32_t OWNER = 1;
constexpr int32_t OWNER_MASK = 0x7f;
constexpr uint32_t GENERATION_STEP = 0x200;
constexpr uint32_t GENERATION_MASK = ~0x1ffu;
constexpr uint32_t GENERATION_SHIFT = 9;

// The shared memory of a channel with one worker, as src/abi/channel-layout.ts orders it.
struct Channel {
  explicit Channel(uint32_t slot_count)
      : slot_count(slot_count),
        completions(128 + ring_words(4 * slot_count)),
        results(completions + ring_words(slot_count)),
        presented(results + 2 * slot_count),
        slots(presented + slot_count),
        words(allocate_words(slots + (slot_count << IRP_SLOT_SHIFT))) {}
  ~Channel() { std::free(words); }
  static constexpr int32_t HOST_BELL = 0, WORKER_BELL = 32, ACCEPTING = 64, SUBMISSIONS = 128;
  uint32_t slot_count;
  int32_t completions, results, presented, slots;
  int32_t* words;
};

// True when the thread behind that bell sleeps.
bool look_at_bell(int32_t* words, int32_t bell) { return word_at(words, bell).load() != 0; }

class Worker {
 public:
  explicit Worker(const Channel& channel) : words_(channel.words) {
    port_.words = channel.words;
    port_.results = channel.results;
    port_.submissions = std::make_unique<Consumer>(words_, Channel::SUBMISSIONS, 4 * channel.slot_count);
    port_.completions = std::make_unique<Producer>(words_, channel.completions, channel.slot_count);
    gate_.evt_io_read = null_evt_io_read;
    table_.assign(32, nullptr);
    table_[IRP_MJ_READ] = &gate_;
    for (uint32_t slot = 0; slot < channel.slot_count; slot++) {
      const auto base = static_cast<int32_t>(channel.slots + (slot << IRP_SLOT_SHIFT));
      const auto mark = static_cast<int32_t>(channel.presented + slot);
      port_.requests.push_back({words_, base, mark, static_cast<int32_t>(slot), &port_, &gate_});
    }
  }

  // Dispatches what is there, publishes what was completed. Returns how much there was.
  uint32_t poll() {
    Consumer& submissions = *port_.submissions;
    const uint32_t count = submissions.available(TURN_LIMIT);
    for (uint32_t i = 0; i < count; i++) dispatch(submissions.take());
    if (submissions.held() >= RELEASE_EVERY) submissions.release();
    if (port_.completions->publish(std::memory_order_seq_cst) != 0) look_at_bell(words_, Channel::HOST_BELL);
    return count;
  }

 private:
  void dispatch(int32_t entry) {
    Request* request = static_cast<size_t>(entry) < port_.requests.size() ? &port_.requests[entry] : nullptr;
    if (request == nullptr || request->state != RequestState::free) {
      port_.rejected++;
      return;
    }
    request->sequence = static_cast<int32_t>(((port_.submissions->head - 1) << 1) | 1);
    const int32_t row = words_[request->base + IRP_ROW];
    Gate* gate = static_cast<size_t>(row) < table_.size() ? table_[row] : nullptr;
    if (gate != nullptr && gate->owned < gate->limit && gate->head == nullptr) present(*gate, *request, row);
    else port_.rejected++;
  }

  void present(Gate& gate, Request& request, int32_t row) {
    request.gate = &gate;
    gate.owned++;
    request.state = RequestState::owned;
    words_[request.presented_mark] = request.sequence;
    const int32_t length = words_[request.base + IRP_LENGTH];
    if ((row & ROW_MAJOR_MASK) != IRP_MJ_READ) port_.rejected++;
    else if (length == 0) request.complete_with_information(0, 0);
    else gate.evt_io_read(gate, request, length);
  }

  int32_t* words_;
  Port port_;
  Gate gate_;
  std::vector<Gate*> table_;
};

class Host {
 public:
  explicit Host(const Channel& channel)
      : channel_(channel),
        words_(channel.words),
        submissions_(words_, Channel::SUBMISSIONS, 4 * channel.slot_count),
        completions_(words_, channel.completions, channel.slot_count),
        entries_(static_cast<size_t>(channel.slot_count) << ENTRY_SHIFT),
        records_(BATCH_LIMIT * 4),
        free_tail_(channel.slot_count) {
    for (uint32_t i = 0; i < channel.slot_count; i++) entries_[(i << ENTRY_SHIFT) + 3] = static_cast<int32_t>(i);
  }

  int32_t prepare_read(int32_t row, int32_t length, int32_t offset, int32_t context) {
    if (length < 0 || length > READ_BYTES || offset < 0 || free_head_ == free_tail_) return -1;
    const uint32_t mask = channel_.slot_count - 1;
    const auto slot = static_cast<uint32_t>(entries_[((free_head_ & mask) << ENTRY_SHIFT) + 3]);
    free_head_++;
    int32_t* entry = &entries_[slot << ENTRY_SHIFT];
    entry[0] = static_cast<int32_t>(((static_cast<uint32_t>(entry[0]) + GENERATION_STEP) & GENERATION_MASK) | OWNER);
    entry[1] = context;
    entry[2] = static_cast<int32_t>((submissions_.tail << 1) | 1);
    int32_t* irp = words_ + channel_.slots + (slot << IRP_SLOT_SHIFT);
    irp[IRP_ROW] = row | IRP_MJ_READ;
    irp[IRP_FILE] = FILE_ID;
    irp[IRP_LENGTH] = length;
    irp[IRP_OFFSET_LO] = offset;
    irp[IRP_OFFSET_HI] = 0;
    irp[IRP_BUFFER] = 4096;
    submissions_.stage(static_cast<int32_t>(slot));
    return handle_of(entry[0], slot);
  }

  uint32_t submit() {
    if (word_at(words_, Channel::ACCEPTING).load() != 0) return 0;
    const uint32_t count = submissions_.publish(std::memory_order_seq_cst);
    if (count != 0) look_at_bell(words_, Channel::WORKER_BELL);
    return count;
  }

  template <typename OnBatch>
  uint32_t reap_batch(OnBatch on_batch) {
    const uint32_t count = completions_.available(BATCH_LIMIT);
    if (count == 0) return 0;
    const uint32_t mask = channel_.slot_count - 1;
    int32_t* record = records_.data();
    for (uint32_t i = 0; i < count; i++, record += 4) {
      const int32_t* result = words_ + channel_.results + (completions_.place() << 1);
      const auto slot = static_cast<uint32_t>(completions_.take());
      int32_t* entry = slot < channel_.slot_count ? &entries_[slot << ENTRY_SHIFT] : nullptr;
      if (entry == nullptr || (entry[0] & OWNER_MASK) != OWNER) {
        duplicates++;
        record -= 4;
        continue;
      }
      record[0] = entry[1];
      record[1] = result[0];
      record[2] = result[1];
      record[3] = handle_of(entry[0], slot);
      entry[0] = static_cast<int32_t>(static_cast<uint32_t>(entry[0]) & GENERATION_MASK);
      entries_[((free_tail_++ & mask) << ENTRY_SHIFT) + 3] = static_cast<int32_t>(slot);
    }
    completions_.release();
    on_batch(records_.data(), static_cast<uint32_t>((record - records_.data()) / 4));
    return count;
  }

  int32_t duplicates = 0;

 private:
  int32_t handle_of(int32_t state, uint32_t slot) const {
    const uint32_t generation = static_cast<uint32_t>(state) >> GENERATION_SHIFT;
    return static_cast<int32_t>((generation * channel_.slot_count | slot) & 0x7fffffff);
  }

  const Channel& channel_;
  int32_t* words_;
  Producer submissions_;
  Consumer completions_;
  std::vector<int32_t> entries_;
  std::vector<int32_t> records_;
  uint32_t free_head_ = 0;
  uint32_t free_tail_;
};
}  // namespace

void measure_null_driver(const Options& options) {
  const Channel channel(std::max<uint32_t>(FEWEST_SLOTS, options.depth));
  std::atomic<bool> stop{false};
  std::thread worker_thread([&] {
    Worker worker(channel);
    while (!stop.load(std::memory_order_relaxed)) {
      if (worker.poll() == 0) relax();
    }
  });
  Host host(channel);
  Histogram latency;
  uint32_t issued = 0, due = 0;
  uint64_t total = 0, information = 0, wrong = 0;
  const uint32_t batch = std::max(1u, std::min(options.batch, options.depth / 2));
  uint32_t sample = 0;
  int until_sample = SAMPLE_EVERY;
  double sample_started = -1;
  const auto issue = [&] {
    if (--until_sample <= 0 && sample_started < 0) {
      until_sample = SAMPLE_EVERY;
      sample = issued + latency.count() % batch;
      sample_started = now_ns();
    }
    for (uint32_t i = 0; i < batch; i++) {
      const auto offset = static_cast<int32_t>((issued + i) << 9) & OFFSET_MASK;
      if (host.prepare_read(0, READ_BYTES, offset, static_cast<int32_t>(issued + i)) < 0) wrong++;
    }
    if (host.submit() != batch) wrong++;
    issued += batch;
  };
  const auto on_batch = [&](const int32_t* records, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
      if (records[4 * i] != static_cast<int32_t>(due + i) || records[4 * i + 1] != 0) wrong++;
      information += static_cast<uint64_t>(records[4 * i + 2]);
    }
    due += count;
    total += count;
  };
  const auto reap = [&] {
    host.reap_batch(on_batch);
    if (sample_started >= 0 && static_cast<int32_t>(due - sample) > 0) {
      latency.record(now_ns() - sample_started);
      sample_started = -1;
    }
  };
  const auto turns = [&] {
    for (int round = 0; round < ROUNDS_PER_TURN; round++) {
      while (issued - due + batch <= options.depth) issue();
      reap();
    }
  };
  Measurement measured = run_timed(options, latency, turns, [&] { return static_cast<double>(total); });
  while (due != issued) reap();
  stop = true;
  worker_thread.join();
  measured.checksum_ok = wrong == 0 && host.duplicates == 0 && information == total * READ_BYTES;
  print_json(measured, latency);
}
