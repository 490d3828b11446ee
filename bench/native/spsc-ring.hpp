// The SPSC ring of src/abi/ring-layout.ts and src/sharedarraybuffer-queue/spsc-ring.ts, as C++ has it: the same
// layout, the same private caches of the other side's position, one publish a batch.
// Runs on: Producer on one thread, Consumer on one other.
// Publishing is a release store, or a sequentially consistent one where a doorbell is looked at afterwards.
#pragma once
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>

constexpr int32_t RING_TAIL = 0;
constexpr int32_t RING_HEAD = 32;
constexpr int32_t RING_SLOTS = 96;

inline std::atomic<int32_t>& word_at(int32_t* words, int32_t index) {
  static_assert(sizeof(std::atomic<int32_t>) == sizeof(int32_t), "a word is a word");
  return *reinterpret_cast<std::atomic<int32_t>*>(words + index);
}

inline int32_t ring_words(int32_t capacity) { return RING_SLOTS + (capacity + 31) / 32 * 32; }

// Zeroed, page-aligned memory.
inline int32_t* allocate_words(size_t count) {
  const size_t bytes = (count * sizeof(int32_t) + 4095) / 4096 * 4096;
  void* memory = std::aligned_alloc(4096, bytes);
  if (memory == nullptr) std::abort();
  std::memset(memory, 0, bytes);
  return static_cast<int32_t*>(memory);
}

// Positions run free in 32 bits; unsigned, because that may wrap in C++.
class Producer {
 public:
  Producer(int32_t* words, int32_t base, uint32_t capacity)
      : words_(words), base_(base), slots_(words + base + RING_SLOTS), mask_(capacity - 1) {}

  uint32_t free(uint32_t wanted) {
    const uint32_t known = mask_ + 1 - (tail - head_cache_);
    if (known >= wanted) return known;
    head_cache_ = word_at(words_, base_ + RING_HEAD).load(std::memory_order_acquire);
    return mask_ + 1 - (tail - head_cache_);
  }

  uint32_t stage(int32_t value) {
    const uint32_t place = tail & mask_;
    slots_[place] = value;
    tail++;
    return place;
  }

  uint32_t publish(std::memory_order order = std::memory_order_release) {
    const uint32_t count = tail - published_;
    if (count != 0) {
      word_at(words_, base_ + RING_TAIL).store(tail, order);
      published_ = tail;
    }
    return count;
  }

  uint32_t tail = 0;

 private:
  int32_t* words_;
  int32_t base_;
  int32_t* slots_;
  uint32_t mask_;
  uint32_t published_ = 0;
  uint32_t head_cache_ = 0;
};

class Consumer {
 public:
  Consumer(int32_t* words, int32_t base, uint32_t capacity)
      : words_(words), base_(base), slots_(words + base + RING_SLOTS), mask_(capacity - 1) {}

  uint32_t available(uint32_t limit) {
    uint32_t known = tail_cache_ - head;
    if (known == 0) {
      tail_cache_ = word_at(words_, base_ + RING_TAIL).load(std::memory_order_acquire);
      known = tail_cache_ - head;
    }
    return known < limit ? known : limit;
  }

  uint32_t place() const { return head & mask_; }

  int32_t take() { return slots_[head++ & mask_]; }

  // Taken and not given back.
  uint32_t held() const { return head - released_; }

  void release() {
    if (released_ == head) return;
    word_at(words_, base_ + RING_HEAD).store(head, std::memory_order_release);
    released_ = head;
  }

  uint32_t head = 0;

 private:
  int32_t* words_;
  int32_t base_;
  int32_t* slots_;
  uint32_t mask_;
  uint32_t released_ = 0;
  uint32_t tail_cache_ = 0;
};
