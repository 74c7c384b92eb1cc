create or replace package crm_jobs
   authid definer
is
   /**
   Jobs of DBMS_SCHEDULER: what belongs in the database because it must run without the daemon, or on much data.
   One list of jobs, in the body; create_all makes the scheduler equal to it.

   Owns:    the jobs named CRM_…_JOB
   Commits: create_all and drop_all, as DBMS_SCHEDULER does, which also commits when a job has ended well
   */

   /** Creates what is missing, replaces what differs, drops what is not in the list; nothing when all is equal. */
   procedure create_all;

   /** Drops all jobs of the integration. */
   procedure drop_all;

   /** Ends leases that have run out, so that a dead daemon's work can be seen and taken. */
   procedure run_end_leases;

   /** Keeps the figures of crm_convergence_v. */
   procedure run_convergence;

   /** Empties and deletes what is older than the settings say, a bounded piece each time. */
   procedure run_retention;

   /** Takes away wake-ups that AQ has given up; what they announced is claimed all the same. */
   procedure run_exception_queues;

   /** Counts what crm_status_v shows of sizes. */
   procedure run_figures;

   /** Looks at the triggers of capture, and switches an invalid one off. */
   procedure run_capture_watch;

   /** Requests a send of the values that differ because days have passed. */
   procedure run_time_values;
end crm_jobs;
/
