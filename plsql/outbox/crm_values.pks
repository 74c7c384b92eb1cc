create or replace package crm_values
   authid definer
   accessible by (package crm_jobs, package crm_test_values)
is
   /**
   Values of quotations and orders that change because days pass: nothing is written in the ERP, so no trigger sees it.
   With them whatever else should follow a lead and was not captured.

   Owns:    nothing; calls crm_outbox, crm_queue
   Commits: never
   */

   /**
   Appends one change for every record of which a step would have to be sent, unless a change of the record waits, is
   in flight or is parked.
   - @param out_appended  changes appended
   */
   procedure capture_changed(out_appended out pls_integer);
end crm_values;
/
