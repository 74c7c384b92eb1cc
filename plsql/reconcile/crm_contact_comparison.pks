create or replace package crm_contact_comparison
   authid definer
   accessible by (package crm_runs)
is
   /**
   Compares persons that were read from the CRM with the contacts of the ERP and with what was agreed on each, a page at
   a time, and keeps when each contact was last seen to be equal. Changes neither side.

   Owns:    crm_contact_proofs
   Commits: never
   */

   /**
   Compares persons; those of leads that are not known, or not mirrored, are outside, and so are those that go the way
   of their lead, because its branch takes no part any more or the run found the lead to be missing.
   - @param in_persons  JSON array of {"person_id","crm_id","name","email","phone","job_title","is_primary"}
   - @param in_read_on  before the page was read
   */
   procedure compare_persons(
      in_run_id   in  crm_sync_runs.run_id%type,
      in_persons  in  clob,
      in_read_on  in  timestamp with time zone,
      out_results out crm_comparison.results_type
   );

   /**
   Says of persons that the CRM, asked for them, does not have: what they are in the ERP. Those of records that the live
   flow is at work on are left out, and those that go the way of their lead.
   - @param in_ids  JSON array of person ids
   */
   procedure compare_missing(
      in_run_id   in  crm_sync_runs.run_id%type,
      in_ids      in  varchar2,
      out_results out crm_comparison.results_type
   );
end crm_contact_comparison;
/
