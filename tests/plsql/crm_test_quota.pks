create or replace package crm_test_quota
   authid definer
is
   --%suite(quota: the budget of calls outlives whoever spends it)
   --%suitepath(crm)

   --%test(no more calls are granted than the quota allows, however many processes ask)
   procedure never_more;

   --%test(of a process that never tells, all calls count as made as late as it might)
   procedure silent_holder;

   --%test(calls that were made leave the window a window after they were)
   procedure made;

   --%test(calls that were given back can be had again at once)
   procedure given_back;

   --%test(calls that are under way go on counting when their process asks again)
   procedure under_way;

   --%test(a question that comes late, after a newer one of its process, changes nothing)
   procedure late_question;

   --%test(while two processes ask, none is granted all that is free)
   procedure parts;

   --%test(who is granted nothing hears when it is worth asking again)
   procedure waiting;

   --%test(kinds of calls have budgets of their own)
   procedure own_budget;

   --%test(a quota that has become smaller holds at once)
   procedure smaller;

   --%test(a pause stops all daemons, and a shorter one does not end it)
   procedure pause_for_all;

   --%test(a refused token stops all daemons until a probe is taken)
   procedure refused_for_all;

   --%test(one daemon at a time probes)
   procedure turns_of_the_probe;

   --%test(beside a daemon of an older release the quota is divided, after a while without calls)
   procedure older_release;

   --%test(after a daemon of an older release of the same name there are no calls for a while)
   procedure older_release_of_the_name;

   --%test(daemons that know the quota do not divide it, and begin at once)
   procedure newer_releases;

   --%test(a quota of nothing is refused)
   --%throws(-20100)
   procedure no_quota;

   --%test(what was made must be told as JSON)
   --%throws(-20122)
   procedure no_json;
end crm_test_quota;
/
