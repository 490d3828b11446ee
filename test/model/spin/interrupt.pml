/*
 * Interrupt: mask on the first one, poll until the device has nothing, unmask, look once more. Interrupts
 * coalesce: a level, not a count; no event of the device may stay behind a line that nobody raises again.
 *
 * Mutants: -DNO_RECHECK      unmask without looking once more
 *          -DUNMASK_LATE     look once more, and only then unmask
 */
#define EVENTS 4

byte events = 0;
byte handled = 0;
bool masked = false;
bool line = false;

active proctype Device() {
  byte sent = 0;
  do
  :: sent < EVENTS ->
     events++;
     if
     :: !masked -> line = true
     :: else
     fi;
     sent++
  :: else -> break
  od
}

active proctype Worker() {
  do
  :: handled == EVENTS -> break
  :: line ->
     masked = true;
     line = false;
poll:
     do
     :: events > 0 ->
        events--;
        handled++
     :: events == 0 -> break
     od;
#ifdef UNMASK_LATE
     if
     :: events > 0 -> goto poll
     :: else
     fi;
     masked = false
#else
     masked = false;
#ifndef NO_RECHECK
     if
     :: events > 0 ->
        masked = true;
        goto poll
     :: else
     fi
#endif
#endif
  od
}

ltl none_stays { <> (handled == EVENTS) }
