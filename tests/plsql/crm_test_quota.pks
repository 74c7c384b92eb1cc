create or replace package crm_test_quota
   authid definer
is
   --%suite(quota: the budget of calls outlives whoever spends it)
   --%suitepath(crm)

   --%test(no more calls are held than the quota allows, however many daemons ask)
   procedure never_more;

   --%test(a grant is a part of the quota, so that a crash costs little)
   procedure small_blocks;

   --%test(of who never tells, each call counts as made as late as he might, and the slot comes back a window later)
   procedure silent_holder;

   --%test(a call that was made leaves the window a window after it)
   procedure made;

   --%test(a slot that is about to be free is granted ahead, and cannot be used before)
   procedure ahead;

   --%test(a call that was not made can be had again at once)
   procedure unused;

   --%test(a call that is under way for long is not forgotten)
   procedure underway;

   --%test(nothing is believed of a slot that has passed on)
   procedure passed_on;

   --%test(a pause stops all daemons, and a shorter one does not end it)
   procedure pause_for_all;

   --%test(a refused token stops all daemons until a probe is taken)
   procedure refused_for_all;

   --%test(one daemon at a time probes, ever more rarely, and at once when somebody has just started it)
   procedure turns_of_the_probe;

   --%test(the calls of a day end, what was given back of it does not count, and the next day begins with all)
   procedure day_ends;

   --%test(what the CRM says is left of a day counts more than what was counted here)
   procedure day_told;

   --%test(a quota of nothing is refused)
   --%throws(-20100)
   procedure no_quota;
end crm_test_quota;
/
