// What every twin measures alike: warm-up, window, CPU time of the process, latencies, one line of JSON.
// Runs on: the main thread.
#pragma once
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

struct Options {
  uint32_t batch = 32;
  uint32_t depth = 1024;
  double warmup_ms = 200;
  double duration_ms = 300;
};

inline double now_ns() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::nano>(since).count();
}

inline double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return time.tv_sec + time.tv_usec / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// A breath in a spin loop.
inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// As src/observe/log-linear-histogram.ts with 5 sub-bucket bits.
class Histogram {
 public:
  void record(double value_ns) {
    const auto value = static_cast<uint64_t>(std::max(0.0, std::min(value_ns, 137e9)));
    counts_[bucket_of(value)]++;
    count_++;
    max_ = std::max(max_, value);
  }

  void reset() {
    std::fill(counts_.begin(), counts_.end(), 0);
    count_ = max_ = 0;
  }

  uint64_t count() const { return count_; }
  uint64_t max() const { return max_; }

  uint64_t percentile(double percent) const {
    const auto rank = static_cast<uint64_t>(std::max(1.0, std::ceil(percent * count_ / 100 - 1e-6)));
    uint64_t seen = 0;
    for (size_t index = 0; index < counts_.size(); index++) {
      seen += counts_[index];
      if (seen >= rank) return std::min(max_, upper_edge_of(index));
    }
    return max_;
  }

 private:
  static constexpr int BITS = 5;

  static size_t bucket_of(uint64_t value) {
    if (value < (1u << BITS)) return value;
    const int shift = 63 - __builtin_clzll(value) - BITS;
    return (static_cast<size_t>(shift) << BITS) + (value >> shift);
  }

  static uint64_t upper_edge_of(size_t index) {
    const size_t block = index >> BITS;
    if (block == 0) return index;
    const uint64_t within = index & ((1u << BITS) - 1);
    return (((1ull << BITS) + within + 1) << (block - 1)) - 1;
  }

  std::vector<uint64_t> counts_ = std::vector<uint64_t>((37 - BITS + 1) << BITS);
  uint64_t count_ = 0;
  uint64_t max_ = 0;
};

struct Measurement {
  double operations = 0;
  double seconds = 0;
  double cpu = 0;
  bool checksum_ok = false;
};

// `turns` does a little work, well below a millisecond; `completed` tells how much was done since the start.
template <typename Turns, typename Completed>
Measurement run_timed(const Options& options, Histogram& latency, Turns turns, Completed completed) {
  const auto spend = [&](double ms) {
    const double end = now_ns() + ms * 1e6;
    while (now_ns() < end) turns();
  };
  spend(options.warmup_ms);
  latency.reset();
  const double before = completed();
  const double cpu_before = cpu_seconds();
  const double start = now_ns();
  spend(options.duration_ms);
  Measurement measured;
  measured.seconds = (now_ns() - start) / 1e9;
  measured.cpu = cpu_seconds() - cpu_before;
  measured.operations = completed() - before;
  return measured;
}

inline void print_json(const Measurement& measured, const Histogram& latency) {
  std::printf("{\"operations\":%.0f,\"seconds\":%.9f,\"cpuSeconds\":%.6f,\"checksumOk\":%s",
              measured.operations, measured.seconds, measured.cpu,
              measured.checksum_ok ? "true" : "false");
  if (latency.count() > 0) {
    std::printf(",\"latencyNs\":{");
    const struct { const char* name; double percent; } percentiles[] = {
        {"p50", 50}, {"p90", 90}, {"p99", 99}, {"p999", 99.9}, {"p9999", 99.99}};
    for (const auto& [name, percent] : percentiles) {
      std::printf("\"%s\":%llu,", name, static_cast<unsigned long long>(latency.percentile(percent)));
    }
    std::printf("\"max\":%llu}", static_cast<unsigned long long>(latency.max()));
  }
  std::printf("}\n");
}
