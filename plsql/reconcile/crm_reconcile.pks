create or replace package crm_reconcile
   authid definer
   accessible by (package crm_bridge_api, package crm_watch, package crm_test_capture, package crm_test_reconcile)
is
   /**
   Finds and mends what the normal flow has missed: capture gaps, differences found by the hash-diff, ids of leads that
   could not be stored in the ERP at once. Everything is sent through the outbox.

   Owns:    crm_diff_runs, crm_differences; the state of crm_capture_gaps
   Commits: never
   */

   /** Turns open capture gaps into outbox events; rows locked by another session are skipped. */
   procedure repair_gaps(
      in_limit     in  pls_integer,
      out_repaired out pls_integer
   );

   /** Stores ids of leads in the ERP where crm_record.store_crm_id met a locked row; locked rows wait again. */
   procedure store_crm_ids(out_stored out pls_integer);

   /** Marks every record whose id is not in the ERP, for store_crm_ids; reads all of them, hence for an hourly job. */
   procedure find_missing_ids(out_found out pls_integer);

   /**
   Requests the initial load of the next piece of clients, with one wake-up for all of it.
   - @param in_after  client with which the piece before ended; 0 at the beginning
   - @param in_limit  clients of the piece, 1 to 10,000
   - @param out_next  in_after of the next piece; null when this was the last
   - @throws crm_err.e_invalid_argument
   */
   procedure request_unsent(
      in_after      in  number,
      in_limit      in  pls_integer,
      out_requested out pls_integer,
      out_next      out number
   );

   /** Opens a run. */
   procedure start_run(
      in_engine  in  crm_diff_runs.engine%type,
      out_run_id out crm_diff_runs.run_id%type
   );

   /**
   Stores differences of a running run; a record that the run has already is left as it is.
   - @param  in_differences  JSON array of {"record_key", "kind", "erp_hash"}
   - @throws crm_err.e_invalid_run
   */
   procedure record_differences(
      in_run_id      in crm_diff_runs.run_id%type,
      in_differences in clob
   );

   /**
   Closes a running run.
   - @throws crm_err.e_invalid_run, crm_err.e_invalid_outcome
   */
   procedure finish_run(
      in_run_id        in crm_diff_runs.run_id%type,
      in_status        in crm_diff_runs.status%type,
      in_rows_compared in crm_diff_runs.rows_compared%type,
      in_detail        in crm_diff_runs.detail%type
   );

   /** Looks at each difference of a run once more and requests what is still different and not on its way. */
   procedure repair_differences(
      in_run_id     in  crm_diff_runs.run_id%type,
      out_requested out pls_integer
   );
end crm_reconcile;
/
