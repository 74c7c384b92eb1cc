create or replace package crm_watch
   authid definer
   accessible by (package crm_jobs)
is
   /**
   Figures that cost too much, or need rights of the owner, to be counted whenever somebody looks at crm_status_v.

   Owns:    crm_figures
   Commits: never; the DDL of watch_capture does, as all DDL
   */

   /** Counts the records, and marks those whose id of the lead is not in the ERP. Reads whole tables: once an hour. */
   procedure count_sizes;

   /**
   Looks at the triggers of capture: how many are missing, switched off (but not held by a deployment), or invalid.
   An invalid one fails every statement of the ERP on its table (ORA-04098), so it is compiled, and when that does not
   help it is switched off: the ERP goes on, and the figure and the log say that its changes are not captured.
   */
   procedure watch_capture;
end crm_watch;
/
