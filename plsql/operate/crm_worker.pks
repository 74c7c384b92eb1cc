create or replace package crm_worker
   authid definer
   accessible by (package crm_bridge_api, package crm_test_operate)
is
   /**
   Which daemons are alive: they share one quota of calls.

   Owns:    crm_workers
   Commits: never
   */

   /**
   Says that a daemon is alive.
   - @param out_live_workers  daemons with a heartbeat in the last worker_live_seconds, this one with them
   - @throws crm_err.e_invalid_argument
   */
   procedure heartbeat(
      in_worker_id     in  crm_workers.worker_id%type,
      out_live_workers out pls_integer
   );
end crm_worker;
/
