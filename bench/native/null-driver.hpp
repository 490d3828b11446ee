// The worker's side of the null-driver twin: requests, gates, the port, and the handler's signature.
// The objects are those of src/dispatch: DispatchedRequest, QueueGate, ChannelPort, DispatchTurn.
#pragma once
#include "spsc-ring.hpp"

constexpr uint32_t IRP_SLOT_SHIFT = 3;
constexpr int32_t IRP_ROW = 0, IRP_FILE = 1, IRP_LENGTH = 2, IRP_OFFSET_LO = 3, IRP_OFFSET_HI = 4, IRP_BUFFER = 5;
constexpr int32_t ROW_MAJOR_MASK = 31;
constexpr int32_t ROW_DEVICE_SHIFT = 5;
constexpr int32_t IRP_MJ_READ = 3;

enum class RequestState : int32_t { free, waiting, owned };

struct Request;
struct Port;

struct Gate {
  using EvtIoTransfer = void (*)(Gate& gate, Request& request, int32_t length);
  int32_t limit = 1;
  int32_t owned = 0;
  Request* head = nullptr;
  EvtIoTransfer evt_io_read = nullptr;
};

struct Request {
  int32_t* words;
  int32_t base;
  int32_t presented_mark;
  int32_t slot;
  Port* port;
  Gate* gate;
  RequestState state = RequestState::free;
  int32_t sequence = 0;

  // False when the driver does not own it, or claims more bytes than there are.
  bool complete_with_information(int32_t status, int32_t information);
};

// The null driver's handler, in a file of its own: nobody may inline what a driver brings.
void null_evt_io_read(Gate& gate, Request& request, int32_t length);
