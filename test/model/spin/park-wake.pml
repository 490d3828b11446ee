/*
 * Park and wake: the doorbell of src/sharedarraybuffer-queue/doorbell.ts, without its safety net (no time-outs).
 * EPOCH counts in 8 bits from 254, so that it wraps. Every statement is one sequentially consistent access.
 *
 * Mutants: -DNO_RECHECK    park without looking again after the announcement
 *          -DRING_FIRST    ring before the item is published
 */
#define RUNNING 0
#define PARKED 1
#define ITEMS 3

byte tail = 0;
byte head = 0;
byte state = RUNNING;
byte epoch = 254;
bool asleep = false;

inline ring() {
  if
  :: state != RUNNING ->
     epoch++;
     asleep = false
  :: else
  fi
}

inline publish() {
  tail++
}

active [2] proctype Producer() {
  byte sent = 0;
  do
  :: sent < ITEMS ->
#ifdef RING_FIRST
     ring();
     publish();
#else
     publish();
     ring();
#endif
     sent++
  :: else -> break
  od
}

active proctype Sleeper() {
  byte seen;
  do
  :: head == 2 * ITEMS -> break
  :: head < 2 * ITEMS ->
     if
     :: head != tail -> head++
     :: else ->
        seen = epoch;
        state = PARKED;
        if
#ifdef NO_RECHECK
        :: true ->
#else
        :: head == tail ->
#endif
           /* Atomics.wait compares and goes to sleep in one step. */
           if
           :: atomic { epoch == seen -> asleep = true }
           :: epoch != seen
           fi;
           !asleep
#ifndef NO_RECHECK
        :: else
#endif
        fi;
        state = RUNNING
     fi
  od
}

ltl arrives { <> (head == 2 * ITEMS) }
