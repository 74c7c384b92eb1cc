create or replace package crm_retention
   authid definer
   accessible by (package crm_jobs, package crm_test_erasure, package crm_test_operate)
is
   /**
   Takes away what is not needed any more: first the personal data in settled work, later the rows; decisions of the
   merge and resolved conflicts; what the mirror keeps of leads and persons that have ended, and the last image of a
   branch that left. Work that waits, is in flight or is parked is never touched, whatever its age; the rows of
   crm_operator_audit, crm_erasures and crm_forgotten_records stay.

   Owns:    nothing; deletes settled rows of the outbox, the inbox, gaps, differences, runs, workers and error_log,
            decisions, resolved conflicts, ended rows of leads and contacts
   Commits: never
   */

   /**
   Does a bounded piece of the work.
   - @param in_limit  rows of each table at most
   - @param out_rows  rows emptied or deleted; 0: nothing is left to do
   - @throws crm_err.e_invalid_argument
   */
   procedure purge(
      in_limit in  pls_integer,
      out_rows out pls_integer
   );
end crm_retention;
/
