create or replace package crm_test_reconcile
   authid definer
is
   --%suite(reconcile: differences go through the outbox)
   --%suitepath(crm)

   --%beforeeach
   procedure quiet;

   --%test(a difference that still stands is requested)
   procedure standing_difference;

   --%test(a difference that is gone when looked at again is not requested)
   procedure gone_difference;

   --%test(a difference that is on its way already is not requested)
   procedure difference_on_its_way;

   --%test(a record that left the ERP is requested as a removal)
   procedure extra_record;

   --%test(the same record twice is stored once)
   procedure stored_once;

   --%test(a closed run takes no more differences)
   --%throws(-20140)
   procedure closed_run;

   --%test(an unknown run is refused)
   --%throws(-20140)
   procedure unknown_run;

   --%test(a run ends as done or failed)
   --%throws(-20101)
   procedure unknown_end;

   --%test(a lead id that the ERP misses is stored)
   procedure missing_crm_id;
end crm_test_reconcile;
/
