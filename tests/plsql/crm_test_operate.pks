create or replace package crm_test_operate
   authid definer
is
   --%suite(operation: live daemons and retention)
   --%suitepath(crm)

   --%test(each daemon with a recent heartbeat counts once)
   procedure live_daemons_count;

   --%test(a daemon whose heartbeat is too old does not count)
   procedure silent_daemon;

   --%test(the view of daemons says which are alive)
   procedure view_of_daemons;

   --%test(a heartbeat needs a name)
   --%throws(-20100)
   procedure heartbeat_without_name;

   --%test(the document of settled work is emptied after its days, the row stays)
   procedure document_emptied;

   --%test(settled work is deleted after its days, with its attempts)
   procedure rows_deleted;

   --%test(work that waits or is parked is kept, whatever its age)
   procedure waiting_kept;

   --%test(what the CRM answered to an attempt is emptied with the document)
   procedure answer_emptied;

   --%test(emptied work is not looked at again until it is deleted)
   procedure emptied_is_left;

   --%test(work is deleted after its days although the days of its document are more)
   procedure days_the_other_way_round;

   --%test(decisions and resolved conflicts end, open ones stay)
   procedure decisions_end;

   --%test(rows of the mirror that have ended are deleted after their days, living ones stay)
   procedure ended_mirror;

   --%test(the last image of a branch that left is emptied after its days)
   procedure left_image_emptied;

   --%test(one call takes no more rows of a table than its limit)
   procedure limit_holds;

   --%test(a limit of nothing is refused)
   --%throws(-20100)
   procedure no_limit;
end crm_test_operate;
/
