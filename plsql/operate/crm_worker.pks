create or replace package crm_worker
   authid definer
   accessible by (package crm_bridge_api, package crm_test_operate, package crm_test_quota)
is
   /**
   Which daemons are alive, and which of them take their calls from crm_quota: the others divide the quota by their
   number.

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

   /**
   Says that a daemon takes its calls from crm_quota, before its first heartbeat and after each.
   - @param in_seconds     how long a call counts, at least
   - @param out_sharing    by how many each daemon divides the quota beside that: 1, or all that are alive while one of
                           them is of a release that does not know crm_quota
   - @param out_is_beside  'S': such a one is alive, or was, under this name too, so short ago that its calls count
   - @throws crm_err.e_invalid_action
   */
   procedure note_booked(
      in_worker_id  in  crm_workers.worker_id%type,
      in_seconds    in  number,
      out_sharing   out pls_integer,
      out_is_beside out varchar2
   );
end crm_worker;
/
