create or replace package crm_test_operator
   authid definer
is
   --%suite(operators: replay, skip and edit of parked work)
   --%suitepath(crm)

   --%test(a replayed change is claimed again with a new count of failures, and says who replayed it)
   procedure change_replayed;

   --%test(a filter by record touches no other record)
   procedure filter_by_record;

   --%test(a filter by reason class leaves webhooks alone)
   procedure filter_by_reason;

   --%test(a skipped change is not claimed again, and the next change carries what it would have carried)
   procedure change_skipped;

   --%test(an edited webhook is tried again with the new body, and the old body stays in the audit)
   procedure webhook_edited;

   --%test(an edited webhook is no echo of anything: what the old body showed is forgotten)
   procedure edited_is_no_echo;

   --%test(a parked webhook is shown with its body)
   procedure webhook_shown;

   --%test(a webhook that is not parked is not shown)
   --%throws(-20112)
   procedure unparked_not_shown;

   --%test(a webhook that does not exist is not shown)
   --%throws(-20111)
   procedure unknown_not_shown;

   --%test(a webhook that is not parked cannot be edited)
   --%throws(-20112)
   procedure edit_of_unparked;

   --%test(a body that is not JSON is refused)
   --%throws(-20122)
   procedure edit_without_json;

   --%test(a filter with an unknown member is refused)
   --%throws(-20500)
   procedure unknown_member;

   --%test(an id without its kind is refused)
   --%throws(-20500)
   procedure id_without_kind;

   --%test(a filter that is not JSON is refused)
   --%throws(-20122)
   procedure filter_without_json;

   --%test(nothing is skipped without a reason)
   --%throws(-20500)
   procedure skip_without_reason;

   --%test(nothing is replayed without a name)
   --%throws(-20500)
   procedure replay_without_name;

   --%test(the history of a record shows both directions, each attempt and what a person did)
   procedure history;
end crm_test_operator;
/
