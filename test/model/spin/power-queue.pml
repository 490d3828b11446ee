/*
 * Power and queue: stop, drain and purge of a power-managed queue while its device sleeps, idles and wakes. A request
 * is presented in D0 only; the device leaves D0 when the driver owns nothing that it has not acknowledged; what
 * waits keeps an idle device up, or wakes it; each stop, drain and purge comes to its end, and so does each request.
 *
 * Mutants: -DNO_REFERENCE   what waits does not keep the device up
 *          -DUNHOLD_EARLY   dispatching goes on before the device is in D0
 *          -DHOLD_LATE      dispatching stops when the driver has dealt with what it owned
 *          -DFORGET_KEPT    what the driver acknowledged is waited for, too
 */
#define REQUESTS 3
#define LIMIT 2
#define CYCLES 2
#define CHANGES 2

bool accepts = true;
bool dispatches = true;
bool held = false;
bool inD0 = true;
bool goingDown = false;
bool quiet = false;
bool reference = false;
bool stopDue = false;
bool drainDue = false;

byte waiting = 0;
byte owned = 0;
byte kept = 0;
byte ended = 0;

bool hostDone = false;
bool userDone = false;
bool powerDone = false;

active proctype Host() {
  byte sent = 0;
  do
  :: sent < REQUESTS ->
     atomic {
       sent++;
       if
       :: !accepts -> ended++
       :: else ->
#ifndef NO_REFERENCE
          reference = true;
#endif
          waiting++
       fi
     }
  :: else -> break
  od;
  hostDone = true
}

/* The turn: presents, and attends to what the queue owes. */
active proctype Queue() {
end:
  do
  :: atomic { waiting > 0 && dispatches && !held && owned < LIMIT ->
     assert(inD0);
     waiting--;
     owned++ }
  :: atomic { stopDue && owned == 0 -> stopDue = false }
  :: atomic { drainDue && owned == 0 && waiting == 0 -> drainDue = false }
  :: atomic { reference && owned == 0 && waiting == 0 -> reference = false }
#ifdef FORGET_KEPT
  :: atomic { goingDown && !quiet && owned == 0 -> quiet = true }
#else
  :: atomic { goingDown && !quiet && owned <= kept -> quiet = true }
#endif
  od
}

/* Completes what it owns; what it acknowledged it keeps until it is told to go on. */
active proctype Driver() {
end:
  do
  :: atomic { owned > kept ->
     if
     :: true -> owned--; ended++
     :: goingDown && !quiet -> kept++
     fi }
  od
}

/* The system's sleep comes to its end by itself; an idle device comes back for a request. */
active proctype Power() {
  byte cycle = 0;
  bool isIdle;
  do
  :: cycle < CYCLES ->
     cycle++;
     if
     :: isIdle = false
     :: !reference -> isIdle = true
     fi;
#ifndef HOLD_LATE
     held = true;
#endif
     goingDown = true;
     quiet;
     atomic { goingDown = false; quiet = false };
     inD0 = false;
#ifdef HOLD_LATE
     held = true;
#endif
     if
     :: isIdle ->
        /* Nobody may come any more: then it stays where it is. */
        if
        :: reference
        :: hostDone && userDone && waiting == 0 && owned == 0 -> break
        fi
     :: else
     fi;
#ifdef UNHOLD_EARLY
     held = false;
#endif
     inD0 = true;
     kept = 0;
     held = false
  :: else -> break
  od;
  powerDone = true
}

active proctype User() {
  byte change = 0;
  do
  :: change < CHANGES ->
     change++;
     if
     :: atomic { dispatches = false; stopDue = true };
        !stopDue
     :: atomic { accepts = false; dispatches = true; drainDue = true };
        !drainDue
     :: atomic { accepts = false; ended = ended + waiting; waiting = 0; drainDue = true };
        !drainDue
     fi;
     atomic { accepts = true; dispatches = true }
  :: else -> break
  od;
  userDone = true
}

ltl all_come_to_their_end { <> (hostDone && userDone && powerDone && ended == REQUESTS) }
