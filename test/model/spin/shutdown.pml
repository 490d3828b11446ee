/*
 * Shutdown: engine.stop while a host submits. Main refuses new requests, waits until the worker says that it
 * holds nothing (or no longer), stops the worker, and tells the host, which ends what no worker will.
 * A request may be published after the host saw "accepting" and before it sees the stop: it must end, too.
 *
 * Mutants: -DNO_RING   the stop does not ring the worker
 *          -DNO_TELL   hosts are not told that no successor will come
 */
#define RUNNING 0
#define PARKED 1
#define REQUESTS 3

bool accepting = true;
bool stop = false;
bool left = false;
bool failed = false;
bool attention = false;
bool isDrained = false;

byte accepted = 0;
byte taken = 0;
byte completed = 0;
byte reaped = 0;
byte ended = 0;
bool hostDone = false;

byte control = 0;
byte state = RUNNING;
byte epoch = 254;
bool asleep = false;

inline ring(always) {
  if
  :: always || state != RUNNING ->
     epoch++;
     asleep = false
  :: else
  fi
}

active proctype Host() {
  byte tried = 0;
  do
  :: tried < REQUESTS ->
     tried++;
     if
     :: accepting ->
        accepted++;
        ring(false)
     :: else -> break
     fi
  :: else -> break
  od;
  do
  :: reaped + ended == accepted -> break
  :: reaped < completed -> reaped++
  :: attention && failed && reaped == completed && reaped + ended < accepted -> ended = accepted - reaped
  od;
  hostDone = true
}

active proctype Worker() {
  byte seen;
  byte controlSeen = 0;
  do
  :: taken < accepted ->
     taken++;
     completed++
  :: taken == accepted && control != controlSeen ->
     controlSeen = control;
     if
     :: stop -> break
     :: else -> isDrained = (taken == accepted)
     fi
  :: taken == accepted && control == controlSeen ->
     seen = epoch;
     state = PARKED;
     if
     :: taken == accepted && control == controlSeen ->
        if
        :: atomic { epoch == seen -> asleep = true }
        :: epoch != seen
        fi;
        !asleep
     :: else
     fi;
     state = RUNNING
  od;
  left = true
}

active proctype Main() {
  accepting = false;
  control++;
  ring(true);
  if
  :: isDrained
  :: true /* the deadline */
  fi;
  stop = true;
  control++;
#ifndef NO_RING
  ring(true);
#endif
  left;
  failed = true;
#ifndef NO_TELL
  attention = true
#endif
}

ltl all_end { <> (hostDone && left && reaped + ended == accepted) }
